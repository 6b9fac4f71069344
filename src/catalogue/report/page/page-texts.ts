import type { FixClass, Locale, Severity } from "../../profile/profile";

/** How a number is written. */
export type Numbers = (value: number) => string;

/** All that the page says by itself. */
export interface PageTexts {
  readonly title: string;
  readonly heading: (findings: number, rows: number, number: Numbers) => string;
  readonly clean: string;
  readonly profile: string;
  readonly totals: {
    readonly rows: string;
    readonly errors: string;
    readonly warnings: string;
    readonly corrections: string;
  };
  readonly chart: string;
  readonly rule: string;
  readonly findings: string;
  readonly worst: string;
  readonly severities: Readonly<Record<Severity, string>>;
  /** How many findings, and in how many rows; those of the header are in none. */
  readonly place: (findings: number, rows: number, number: Numbers) => string;
  readonly fix: string;
  readonly examples: string;
  readonly row: string;
  readonly line: string;
  readonly value: string;
  readonly after: string;
  readonly header: string;
  readonly blank: string;
  readonly expected: string;
  readonly source: string;
  readonly checkedOn: (date: string) => string;
  readonly applied: (count: string, fixClass: string) => string;
  readonly offered: (count: string, fixClass: string) => string;
  readonly classes: Readonly<Record<FixClass, string>>;
  readonly others: (rules: string, findings: string) => string;
  readonly about: string;
  readonly file: string;
  readonly columns: string;
  readonly engine: string;
  readonly digest: string;
  readonly checksum: string;
  readonly job: string;
  readonly note: string;
  readonly group: string;
}

const PT_BR: PageTexts = {
  title: "Relatório do catálogo",
  heading: (findings, rows, number) =>
    `${number(findings)} ${findings === 1 ? "problema" : "problemas"} em um arquivo de ${number(rows)} ${rows === 1 ? "linha" : "linhas"}`,
  clean: "Nenhum problema foi encontrado.",
  profile: "Perfil de regras",
  totals: {
    rows: "linhas lidas",
    errors: "linhas com erro",
    warnings: "linhas só com aviso",
    corrections: "linhas corrigidas",
  },
  chart: "Problemas por regra",
  rule: "Regra",
  findings: "Problemas",
  worst: "O que corrigir primeiro",
  severities: { error: "Erro", warning: "Aviso", info: "Observação" },
  place: (findings, rows, number) =>
    rows === 0
      ? `${number(findings)} no cabeçalho`
      : `${number(findings)} em ${number(rows)} ${rows === 1 ? "linha" : "linhas"}`,
  fix: "Como corrigir",
  examples: "Exemplos",
  row: "Linha",
  line: "No arquivo",
  value: "Como está",
  after: "Como fica",
  header: "cabeçalho",
  blank: "(vazio)",
  expected: "Esperado",
  source: "Fonte",
  checkedOn: (date) => `conferida em ${date}`,
  applied: (count, fixClass) => `Já corrigidos no arquivo: ${count} (${fixClass})`,
  offered: (count, fixClass) => `Com correção sugerida: ${count} (${fixClass})`,
  classes: {
    safe: "correção segura",
    lossy: "perde parte do texto",
    invented: "valor que não foi informado",
  },
  others: (rules, findings) =>
    `Mais ${rules} regras, com ${findings} problemas, estão no relatório completo.`,
  about: "Sobre este relatório",
  file: "Arquivo",
  columns: "Colunas",
  engine: "Versão do motor",
  digest: "Resumo criptográfico do relatório",
  checksum: "Soma de verificação do perfil",
  job: "Trabalho",
  note:
    "Aqui estão até cinco exemplos de cada regra; o relatório completo tem todos os problemas. “Linha” conta as " +
    "linhas de dados a partir de 1; “No arquivo” é a linha física, com o cabeçalho.",
  group: ".",
};

const EN: PageTexts = {
  title: "Catalogue report",
  heading: (findings, rows, number) =>
    `${number(findings)} ${findings === 1 ? "problem" : "problems"} in a file of ${number(rows)} ${rows === 1 ? "row" : "rows"}`,
  clean: "No problem was found.",
  profile: "Rules profile",
  totals: {
    rows: "rows read",
    errors: "rows with errors",
    warnings: "rows with warnings only",
    corrections: "rows corrected",
  },
  chart: "Problems by rule",
  rule: "Rule",
  findings: "Problems",
  worst: "What to correct first",
  severities: { error: "Error", warning: "Warning", info: "Note" },
  place: (findings, rows, number) =>
    rows === 0
      ? `${number(findings)} in the header`
      : `${number(findings)} in ${number(rows)} ${rows === 1 ? "row" : "rows"}`,
  fix: "How to correct it",
  examples: "Examples",
  row: "Row",
  line: "In the file",
  value: "As it is",
  after: "Corrected",
  header: "header",
  blank: "(blank)",
  expected: "Expected",
  source: "Source",
  checkedOn: (date) => `checked on ${date}`,
  applied: (count, fixClass) => `Corrected in the file already: ${count} (${fixClass})`,
  offered: (count, fixClass) => `With a correction offered: ${count} (${fixClass})`,
  classes: {
    safe: "a safe correction",
    lossy: "loses part of the text",
    invented: "a value that was not given",
  },
  others: (rules, findings) => `${rules} more rules, with ${findings} problems, are in the whole report.`,
  about: "About this report",
  file: "File",
  columns: "Columns",
  engine: "Engine version",
  digest: "Digest of the report",
  checksum: "Checksum of the profile",
  job: "Job",
  note:
    "There are up to five examples of each rule here; the whole report has every problem. “Row” counts data rows " +
    "from 1; “In the file” is the physical line, the header included.",
  group: ",",
};

const ES: PageTexts = {
  title: "Informe del catálogo",
  heading: (findings, rows, number) =>
    `${number(findings)} ${findings === 1 ? "problema" : "problemas"} en un archivo de ${number(rows)} ${rows === 1 ? "fila" : "filas"}`,
  clean: "No se encontró ningún problema.",
  profile: "Perfil de reglas",
  totals: {
    rows: "filas leídas",
    errors: "filas con errores",
    warnings: "filas solo con avisos",
    corrections: "filas corregidas",
  },
  chart: "Problemas por regla",
  rule: "Regla",
  findings: "Problemas",
  worst: "Qué corregir primero",
  severities: { error: "Error", warning: "Aviso", info: "Observación" },
  place: (findings, rows, number) =>
    rows === 0
      ? `${number(findings)} en el encabezado`
      : `${number(findings)} en ${number(rows)} ${rows === 1 ? "fila" : "filas"}`,
  fix: "Cómo corregirlo",
  examples: "Ejemplos",
  row: "Fila",
  line: "En el archivo",
  value: "Como está",
  after: "Como queda",
  header: "encabezado",
  blank: "(vacío)",
  expected: "Esperado",
  source: "Fuente",
  checkedOn: (date) => `revisada el ${date}`,
  applied: (count, fixClass) => `Ya corregidos en el archivo: ${count} (${fixClass})`,
  offered: (count, fixClass) => `Con corrección sugerida: ${count} (${fixClass})`,
  classes: {
    safe: "corrección segura",
    lossy: "pierde parte del texto",
    invented: "valor que no fue informado",
  },
  others: (rules, findings) =>
    `Otras ${rules} reglas, con ${findings} problemas, están en el informe completo.`,
  about: "Sobre este informe",
  file: "Archivo",
  columns: "Columnas",
  engine: "Versión del motor",
  digest: "Resumen criptográfico del informe",
  checksum: "Suma de verificación del perfil",
  job: "Trabajo",
  note:
    "Aquí hay hasta cinco ejemplos de cada regla; el informe completo tiene todos los problemas. “Fila” cuenta las " +
    "filas de datos desde 1; “En el archivo” es la línea física, con el encabezado.",
  group: ".",
};

export const PAGE_TEXTS: Readonly<Record<Locale, PageTexts>> = { "pt-BR": PT_BR, en: EN, es: ES };
