/** What a seller does about each kind of fault, by the last part of a finding's code or its Frictionless name. */

import type { Locale } from "../profile/profile";

type Advice = Readonly<Record<string, string>>;

const PT_BR: Advice = {
  REQUIRED: "Preencha a célula. Se a coluna não existe no arquivo, acrescente-a com este nome no cabeçalho.",
  TOO_SHORT: "Complete o texto até o tamanho mínimo, com informação de verdade.",
  TOO_LONG: "Resuma o texto até o tamanho máximo e deixe no começo o que o comprador procura.",
  FORBIDDEN_CHARS: "Apague os caracteres indicados ou troque-os por palavras.",
  INVALID_FORMAT: "Escreva o valor na forma indicada, sem nada antes nem depois.",
  TOO_LOW: "Confira o valor: pode faltar um dígito ou a vírgula pode estar fora do lugar.",
  TOO_HIGH: "Confira o valor: pode sobrar um dígito ou faltar a vírgula decimal.",
  NOT_NUMERIC: "Escreva só o número, sem unidade nem texto, e sem separador de milhar.",
  INVALID_VALUE: "Use um dos valores aceitos, escrito exatamente como na lista.",
  CHECK_DIGIT: "Copie o código de novo da embalagem ou do cadastro: algum dígito foi trocado ou se perdeu.",
  SCIENTIFIC_NOTATION:
    "Formate a coluna como texto na planilha e digite o código de novo: os dígitos se perderam.",
  RESTRICTED: "Use o código do fabricante. Se o produto não tem um, deixe a célula vazia.",
  INVALID_PREFIX: "Confira o começo do código e se ele está na coluna certa.",
  DECIMAL_PLACES: "Arredonde o valor ao número de casas decimais indicado.",
  TOO_FEW: "Acrescente itens à lista até o mínimo.",
  TOO_MANY: "Deixe só os itens mais importantes, até o máximo.",
  AMBIGUOUS: "Escreva o número sem separador de milhar, ou diga no perfil como a coluna escreve números.",
  AMBIGUOUS_DATE: "Escreva a data como AAAA-MM-DD, ou diga no perfil como a coluna escreve datas.",
  DUPLICATE: "Deixe o valor em uma linha só; nas outras, corrija-o ou apague a linha repetida.",
  COMPARISON: "Compare as duas colunas da linha e corrija a que está errada.",
  DEPENDENCY: "Preencha também as outras colunas indicadas, ou esvazie esta.",
  BUSINESS_RULE: "Confira as colunas desta linha com a regra indicada.",
  "blank-row": "Apague a linha, se não há nada a dizer nela.",
  "extra-cell": "Procure um delimitador a mais na linha; um texto que o contém precisa de aspas.",
  "missing-cell": "Complete a linha com os delimitadores que faltam.",
  "blank-label": "Dê um nome à coluna ou apague-a.",
  "duplicate-label": "Mude o nome de uma das colunas ou apague a que sobra.",
  "missing-label": "Acrescente a coluna ao arquivo, com este nome no cabeçalho.",
  "stray-quote": 'Ponha o texto entre aspas e dobre as que estão dentro dele: "6.4""".',
  "unclosed-quote": "Feche as aspas no fim do texto, ou apague a que o abre.",
  "row-too-long": "Procure aspas que ficaram abertas; se não há, encurte os textos da linha.",
  "encoding-error": "Salve o arquivo de novo em UTF-8.",
  "nul-byte": "Salve o arquivo de novo como CSV em UTF-8.",
  "mixed-line-ends": "Salve o arquivo de novo, com um só tipo de fim de linha.",
  "ambiguous-dialect": "Salve o arquivo com um só delimitador, ou diga no envio qual é.",
  "blank-header": "Escreva na primeira linha os nomes das colunas.",
  "mixed-convention": "Escreva o valor do mesmo modo que o resto da coluna.",
  "uniqueness-limited": "Divida o arquivo: em partes menores todas as repetições são encontradas.",
};

const EN: Advice = {
  REQUIRED: "Fill in the cell. If the file has no such column, add it under this name in the header.",
  TOO_SHORT: "Add to the text until it is long enough, with real information.",
  TOO_LONG: "Shorten the text to the maximum, and keep what buyers look for at its beginning.",
  FORBIDDEN_CHARS: "Delete the characters named, or put words in their place.",
  INVALID_FORMAT: "Write the value in the form shown, with nothing before or after it.",
  TOO_LOW: "Check the value: a digit may be missing, or the decimal point misplaced.",
  TOO_HIGH: "Check the value: there may be a digit too many, or no decimal point.",
  NOT_NUMERIC: "Write the number alone, without unit or text, and without a thousands separator.",
  INVALID_VALUE: "Use one of the accepted values, written exactly as in the list.",
  CHECK_DIGIT: "Copy the code again from the package or your records: a digit was changed or lost.",
  SCIENTIFIC_NOTATION:
    "Format the column as text in the spreadsheet and enter the code again: its digits are lost.",
  RESTRICTED: "Use the manufacturer's code. If the product has none, leave the cell blank.",
  INVALID_PREFIX: "Check how the code begins, and whether it stands in the right column.",
  DECIMAL_PLACES: "Round the value to the number of decimal places shown.",
  TOO_FEW: "Add items to the list until there are enough.",
  TOO_MANY: "Keep the most important items, up to the maximum.",
  AMBIGUOUS:
    "Write the number without a thousands separator, or state in the profile how the column writes numbers.",
  AMBIGUOUS_DATE: "Write the date as YYYY-MM-DD, or state in the profile how the column writes dates.",
  DUPLICATE: "Keep the value in one row; in the others, correct it or delete the repeated row.",
  COMPARISON: "Compare the row's two columns and correct the one that is wrong.",
  DEPENDENCY: "Fill in the other columns named as well, or leave this one blank.",
  BUSINESS_RULE: "Check this row's columns against the rule shown.",
  "blank-row": "Delete the row if it has nothing to say.",
  "extra-cell": "Look for a delimiter too many in the row; a text that holds one needs quotes.",
  "missing-cell": "Complete the row with the delimiters that are missing.",
  "blank-label": "Give the column a name, or delete it.",
  "duplicate-label": "Rename one of the columns, or delete the one too many.",
  "missing-label": "Add the column to the file, under this name in the header.",
  "stray-quote": 'Put the text in quotes and double those inside it: "6.4""".',
  "unclosed-quote": "Close the quotes at the text's end, or delete the one that opens them.",
  "row-too-long": "Look for quotes that were left open; if there are none, shorten the row's texts.",
  "encoding-error": "Save the file again as UTF-8.",
  "nul-byte": "Save the file again as CSV in UTF-8.",
  "mixed-line-ends": "Save the file again with one kind of line end.",
  "ambiguous-dialect": "Save the file with one delimiter, or say which it is when you send it.",
  "blank-header": "Write the columns' names into the first row.",
  "mixed-convention": "Write the value as the rest of its column is written.",
  "uniqueness-limited": "Split the file: in smaller parts all repetitions are found.",
};

const ES: Advice = {
  REQUIRED:
    "Complete la celda. Si el archivo no tiene esa columna, agréguela con este nombre en el encabezado.",
  TOO_SHORT: "Complete el texto hasta el mínimo, con información real.",
  TOO_LONG: "Resuma el texto hasta el máximo y deje al comienzo lo que el comprador busca.",
  FORBIDDEN_CHARS: "Borre los caracteres indicados o cámbielos por palabras.",
  INVALID_FORMAT: "Escriba el valor en la forma indicada, sin nada antes ni después.",
  TOO_LOW: "Revise el valor: puede faltar un dígito o la coma puede estar fuera de lugar.",
  TOO_HIGH: "Revise el valor: puede sobrar un dígito o faltar la coma decimal.",
  NOT_NUMERIC: "Escriba solo el número, sin unidad ni texto, y sin separador de miles.",
  INVALID_VALUE: "Use uno de los valores aceptados, escrito exactamente como en la lista.",
  CHECK_DIGIT: "Copie de nuevo el código del envase o de su registro: algún dígito se cambió o se perdió.",
  SCIENTIFIC_NOTATION:
    "Dé a la columna formato de texto en la planilla y escriba el código de nuevo: los dígitos se perdieron.",
  RESTRICTED: "Use el código del fabricante. Si el producto no tiene uno, deje la celda vacía.",
  INVALID_PREFIX: "Revise el comienzo del código y si está en la columna correcta.",
  DECIMAL_PLACES: "Redondee el valor al número de decimales indicado.",
  TOO_FEW: "Agregue elementos a la lista hasta el mínimo.",
  TOO_MANY: "Deje solo los elementos más importantes, hasta el máximo.",
  AMBIGUOUS:
    "Escriba el número sin separador de miles, o indique en el perfil cómo escribe números la columna.",
  AMBIGUOUS_DATE: "Escriba la fecha como AAAA-MM-DD, o indique en el perfil cómo escribe fechas la columna.",
  DUPLICATE: "Deje el valor en una sola fila; en las otras, corríjalo o borre la fila repetida.",
  COMPARISON: "Compare las dos columnas de la fila y corrija la que está mal.",
  DEPENDENCY: "Complete también las otras columnas indicadas, o deje esta vacía.",
  BUSINESS_RULE: "Revise las columnas de esta fila con la regla indicada.",
  "blank-row": "Borre la fila si no dice nada.",
  "extra-cell": "Busque un delimitador de más en la fila; un texto que lo contiene necesita comillas.",
  "missing-cell": "Complete la fila con los delimitadores que faltan.",
  "blank-label": "Dé un nombre a la columna o bórrela.",
  "duplicate-label": "Cambie el nombre de una de las columnas o borre la que sobra.",
  "missing-label": "Agregue la columna al archivo, con este nombre en el encabezado.",
  "stray-quote": 'Ponga el texto entre comillas y duplique las que están dentro: "6.4""".',
  "unclosed-quote": "Cierre las comillas al final del texto, o borre la que lo abre.",
  "row-too-long": "Busque comillas que quedaron abiertas; si no hay, acorte los textos de la fila.",
  "encoding-error": "Guarde el archivo de nuevo en UTF-8.",
  "nul-byte": "Guarde el archivo de nuevo como CSV en UTF-8.",
  "mixed-line-ends": "Guarde el archivo de nuevo, con un solo tipo de fin de línea.",
  "ambiguous-dialect": "Guarde el archivo con un solo delimitador, o indique cuál es al enviarlo.",
  "blank-header": "Escriba en la primera fila los nombres de las columnas.",
  "mixed-convention": "Escriba el valor como el resto de su columna.",
  "uniqueness-limited": "Divida el archivo: en partes menores se encuentran todas las repeticiones.",
};

const TABLES: Readonly<Record<Locale, Advice>> = { "pt-BR": PT_BR, en: EN, es: ES };
/** A code ends in its fault; one fault's name may end in another's. */
const FAULTS = Object.keys(PT_BR).toSorted((a, b) => b.length - a.length);

/** The fault that a finding's code ends in. */
export function faultOf(code: string): string | null {
  return FAULTS.find((fault) => code === fault || code.endsWith(`_${fault}`)) ?? null;
}

/** Null for a code of another engine's. */
export function howToFix(locale: Locale, code: string): string | null {
  const fault = faultOf(code);
  return fault === null ? null : (TABLES[locale][fault] ?? null);
}
