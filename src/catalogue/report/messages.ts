/** What a finding says to a person. A profile's own message wins over these. */

import { expectedIn } from "./expected-in";
import type { Fault } from "../checks/checks";
import type { Locale } from "../profile/profile";

/** Structural faults under Frictionless' names, where it has one. */
export type StructuralFault =
  | "blank-row"
  | "extra-cell"
  | "missing-cell"
  | "blank-label"
  | "duplicate-label"
  | "missing-label"
  | "stray-quote"
  | "unclosed-quote"
  | "row-too-long"
  | "encoding-error"
  /** Ours: a cell that is surely written in another convention than its column. */
  | "mixed-convention"
  | "uniqueness-limited"
  | "nul-byte"
  | "mixed-line-ends"
  | "ambiguous-dialect"
  | "blank-header";

/** What has words of its own: an ambiguous date reads unlike an ambiguous number. */
export type Wording = Fault | StructuralFault | "AMBIGUOUS_DATE";

type Table = Readonly<Record<Wording, string>>;

const PT_BR: Table = {
  REQUIRED: "{field}: preenchimento obrigatório.",
  TOO_SHORT: "{field}: texto curto demais ({expected}).",
  TOO_LONG: "{field}: texto longo demais ({expected}).",
  FORBIDDEN_CHARS: "{field}: contém caracteres não permitidos ({expected}).",
  INVALID_FORMAT: "{field}: formato inválido ({expected}).",
  TOO_LOW: "{field}: valor abaixo do mínimo ({expected}).",
  TOO_HIGH: "{field}: valor acima do máximo ({expected}).",
  NOT_NUMERIC: "{field}: não é um número ({expected}).",
  AMBIGUOUS:
    "{field}: pode ser lido de duas formas, como 1,234, que pode ser 1.234 ou 1234; informe o formato da coluna " +
    "ou escreva sem separador de milhar e com ponto decimal ({expected}).",
  AMBIGUOUS_DATE:
    "{field}: pode ser lida de duas formas, como 03/04/2024, que pode ser 3 de abril ou 4 de março, ou um ano de " +
    "dois dígitos; informe o formato da coluna ou escreva AAAA-MM-DD ({expected}).",
  INVALID_VALUE: "{field}: valor não aceito ({expected}).",
  CHECK_DIGIT: "{field}: dígito verificador incorreto ({expected}).",
  SCIENTIFIC_NOTATION:
    "{field}: a planilha trocou o código por notação científica e os dígitos se perderam; formate a coluna como texto e digite o código de novo ({expected}).",
  RESTRICTED:
    "{field}: código de uso restrito (interno, cupom ou demonstração), que não identifica um produto à venda ({expected}).",
  INVALID_PREFIX: "{field}: o prefixo não é deste tipo de código ou não foi atribuído ({expected}).",
  DECIMAL_PLACES: "{field}: casas decimais demais ({expected}).",
  TOO_FEW: "{field}: itens de menos ({expected}).",
  TOO_MANY: "{field}: itens demais ({expected}).",
  DUPLICATE: "{field}: repete uma linha anterior ({expected}).",
  COMPARISON: "{field}: não combina com outra coluna da linha ({expected}).",
  DEPENDENCY: "{field}: exige que outras colunas da linha estejam preenchidas ({expected}).",
  BUSINESS_RULE: "{field}: a linha não cumpre uma regra de negócio ({expected}).",
  "blank-row": "Linha em branco.",
  "extra-cell": "A linha tem mais células do que o cabeçalho.",
  "missing-cell": "A linha tem menos células do que o cabeçalho; as que faltam contam como vazias.",
  "blank-label": "Coluna sem nome no cabeçalho.",
  "duplicate-label": "Nome de coluna repetido no cabeçalho; vale a primeira.",
  "missing-label": "Falta no arquivo uma coluna obrigatória.",
  "stray-quote": "Aspas soltas dentro de uma célula; foram lidas como texto.",
  "unclosed-quote": "Aspas abertas e nunca fechadas; a linha foi lida como texto simples.",
  "row-too-long": "Linha maior que 1 MiB; suas células não foram verificadas.",
  "mixed-convention":
    "{field}: escrito em outra convenção que a da coluna ({expected}); foi lido pela sua própria forma.",
  "uniqueness-limited":
    "Valores demais para comparar: a partir desta linha, repetições de valores novos não são encontradas.",
  "encoding-error": "A linha contém bytes que não existem na codificação do arquivo.",
  "nul-byte": "A linha contém bytes NUL; foram lidos como texto.",
  "mixed-line-ends":
    "A linha termina de outro modo que o cabeçalho (LF, CRLF ou CR); o total de linhas assim está no resumo.",
  "ambiguous-dialect":
    "O arquivo pode ser lido com mais de um delimitador; foi usado o mais provável ({expected}).",
  "blank-header": "O cabeçalho está em branco.",
};

const EN: Table = {
  REQUIRED: "{field}: a value is required.",
  TOO_SHORT: "{field}: too short ({expected}).",
  TOO_LONG: "{field}: too long ({expected}).",
  FORBIDDEN_CHARS: "{field}: holds characters that are not allowed ({expected}).",
  INVALID_FORMAT: "{field}: badly formed ({expected}).",
  TOO_LOW: "{field}: below the minimum ({expected}).",
  TOO_HIGH: "{field}: above the maximum ({expected}).",
  NOT_NUMERIC: "{field}: not a number ({expected}).",
  AMBIGUOUS:
    "{field}: has two readings, as 1,234 can be 1.234 or 1234; state the column's format, or write no " +
    "thousands separator and a decimal point ({expected}).",
  AMBIGUOUS_DATE:
    "{field}: has two readings, as 03/04/2024 can be 3 April or 4 March, or a year of two digits; state the " +
    "column's format, or write YYYY-MM-DD ({expected}).",
  INVALID_VALUE: "{field}: not an accepted value ({expected}).",
  CHECK_DIGIT: "{field}: wrong check digit ({expected}).",
  SCIENTIFIC_NOTATION:
    "{field}: a spreadsheet turned the code into scientific notation and its digits are lost; format the column as text and enter the code again ({expected}).",
  RESTRICTED:
    "{field}: a code for restricted use (in-store, coupon or demonstration), which identifies no product for sale ({expected}).",
  INVALID_PREFIX: "{field}: the prefix is not of this kind of code, or is not assigned ({expected}).",
  DECIMAL_PLACES: "{field}: too many decimal places ({expected}).",
  TOO_FEW: "{field}: too few items ({expected}).",
  TOO_MANY: "{field}: too many items ({expected}).",
  DUPLICATE: "{field}: repeats an earlier row ({expected}).",
  COMPARISON: "{field}: does not agree with another column of the row ({expected}).",
  DEPENDENCY: "{field}: needs other columns of the row to be filled in ({expected}).",
  BUSINESS_RULE: "{field}: the row does not meet a business rule ({expected}).",
  "blank-row": "Blank row.",
  "extra-cell": "The row has more cells than the header.",
  "missing-cell": "The row has fewer cells than the header; the missing ones count as blank.",
  "blank-label": "A column of the header has no name.",
  "duplicate-label": "A column's name is repeated in the header; the first one counts.",
  "missing-label": "The file lacks a required column.",
  "stray-quote": "A quote stands inside a cell; it was read as text.",
  "unclosed-quote": "A quote is opened and never closed; the row was read as plain text.",
  "row-too-long": "The row is longer than 1 MiB; its cells were not checked.",
  "mixed-convention":
    "{field}: written in another convention than its column ({expected}); it was read by its own form.",
  "uniqueness-limited":
    "Too many values to compare: from this row on, repetitions of new values are not found.",
  "encoding-error": "The row holds bytes that the file's encoding does not have.",
  "nul-byte": "The row holds NUL bytes; they were read as text.",
  "mixed-line-ends":
    "The row ends otherwise than the header (LF, CRLF or CR); the summary has the number of such rows.",
  "ambiguous-dialect":
    "The file can be read with more than one delimiter; the likelier one was taken ({expected}).",
  "blank-header": "The header is blank.",
};

const ES: Table = {
  REQUIRED: "{field}: es obligatorio.",
  TOO_SHORT: "{field}: texto demasiado corto ({expected}).",
  TOO_LONG: "{field}: texto demasiado largo ({expected}).",
  FORBIDDEN_CHARS: "{field}: contiene caracteres no permitidos ({expected}).",
  INVALID_FORMAT: "{field}: formato inválido ({expected}).",
  TOO_LOW: "{field}: valor por debajo del mínimo ({expected}).",
  TOO_HIGH: "{field}: valor por encima del máximo ({expected}).",
  NOT_NUMERIC: "{field}: no es un número ({expected}).",
  AMBIGUOUS:
    "{field}: admite dos lecturas, como 1,234, que puede ser 1.234 o 1234; indique el formato de la columna o " +
    "escriba sin separador de miles y con punto decimal ({expected}).",
  AMBIGUOUS_DATE:
    "{field}: admite dos lecturas, como 03/04/2024, que puede ser 3 de abril o 4 de marzo, o un año de dos " +
    "dígitos; indique el formato de la columna o escriba AAAA-MM-DD ({expected}).",
  INVALID_VALUE: "{field}: valor no aceptado ({expected}).",
  CHECK_DIGIT: "{field}: dígito de control incorrecto ({expected}).",
  SCIENTIFIC_NOTATION:
    "{field}: la hoja de cálculo cambió el código por notación científica y sus dígitos se perdieron; dé a la columna formato de texto y escriba el código de nuevo ({expected}).",
  RESTRICTED:
    "{field}: código de uso restringido (interno, cupón o demostración), que no identifica un producto a la venta ({expected}).",
  INVALID_PREFIX: "{field}: el prefijo no es de este tipo de código o no está asignado ({expected}).",
  DECIMAL_PLACES: "{field}: demasiados decimales ({expected}).",
  TOO_FEW: "{field}: faltan elementos ({expected}).",
  TOO_MANY: "{field}: sobran elementos ({expected}).",
  DUPLICATE: "{field}: repite una fila anterior ({expected}).",
  COMPARISON: "{field}: no concuerda con otra columna de la fila ({expected}).",
  DEPENDENCY: "{field}: exige que otras columnas de la fila estén completas ({expected}).",
  BUSINESS_RULE: "{field}: la fila no cumple una regla de negocio ({expected}).",
  "blank-row": "Fila en blanco.",
  "extra-cell": "La fila tiene más celdas que el encabezado.",
  "missing-cell": "La fila tiene menos celdas que el encabezado; las que faltan cuentan como vacías.",
  "blank-label": "Una columna del encabezado no tiene nombre.",
  "duplicate-label": "Nombre de columna repetido en el encabezado; vale la primera.",
  "missing-label": "Falta en el archivo una columna obligatoria.",
  "stray-quote": "Comillas sueltas dentro de una celda; se leyeron como texto.",
  "unclosed-quote": "Comillas abiertas y nunca cerradas; la fila se leyó como texto simple.",
  "row-too-long": "Fila de más de 1 MiB; sus celdas no fueron verificadas.",
  "mixed-convention":
    "{field}: escrito en otra convención que la de su columna ({expected}); se leyó por su propia forma.",
  "uniqueness-limited":
    "Demasiados valores para comparar: desde esta fila no se encuentran repeticiones de valores nuevos.",
  "encoding-error": "La fila contiene bytes que no existen en la codificación del archivo.",
  "nul-byte": "La fila contiene bytes NUL; se leyeron como texto.",
  "mixed-line-ends":
    "La fila termina de otro modo que el encabezado (LF, CRLF o CR); el total de filas así está en el resumen.",
  "ambiguous-dialect":
    "El archivo puede leerse con más de un delimitador; se usó el más probable ({expected}).",
  "blank-header": "El encabezado está en blanco.",
};

export const isFault = (text: string): text is Wording => Object.hasOwn(PT_BR, text);

const TABLES: Readonly<Record<Locale, Table>> = { "pt-BR": PT_BR, en: EN, es: ES };

export function messageFor(
  locale: Locale,
  fault: Wording,
  names: { field: string; expected: string },
): string {
  return filledIn(locale, TABLES[locale][fault], names);
}

/** A message, ours or a profile's own, with what `{field}` and `{expected}` stand for. */
export function filledIn(
  locale: Locale,
  message: string,
  names: { field: string; expected: string },
): string {
  return message
    .replaceAll("{field}", () => names.field)
    .replaceAll("{expected}", () => expectedIn(locale, names.expected));
}
