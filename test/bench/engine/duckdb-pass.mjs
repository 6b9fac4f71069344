/**
 * What one would write with DuckDB, as a process of its own: `node duckdb-pass.mjs CATALOGUE FOLDER`. The same checks
 * and corrections as the engine's bench profile in SQL over two threads, the corrected file and the findings written
 * by COPY. Says its counters on stdout; `extra-cell` is not among them, for DuckDB drops such cells unseen.
 */

import { DuckDBInstance } from "@duckdb/node-api";

const [catalogue, folder] = process.argv.slice(2);
const text = (value) => `'${value.replaceAll("'", "''")}'`;

const GTIN_SUM = Array.from(
  { length: 13 },
  (_, at) => `CAST(gtin[${at + 1}] AS INTEGER)${at % 2 === 1 ? " * 3" : ""}`,
).join(" + ");

/** Null where the text is no number, or one with two readings: as `normalize_decimal` has it. */
const PLAIN_PRICE = `CASE
  WHEN regexp_full_match(price, '-?\\d+(\\.\\d+)?') THEN price
  WHEN regexp_full_match(price, '(\\d+|[1-9]\\d{0,2}(\\.\\d{3})+),\\d+') THEN replace(replace(price, '.', ''), ',', '.')
  WHEN regexp_full_match(price, '[1-9]\\d{0,2}(,\\d{3})+\\.\\d+') THEN replace(price, ',', '')
END`;

/** Column, rule, severity, whether it finds something, what was found, what becomes of it (or null). */
const RULES = [
  [1, "sku", "sku_required", "error", "sku IS NULL OR trim(sku) = ''", "sku", "NULL"],
  [2, "title", "title_required", "error", "title IS NULL OR trim(title) = ''", "title", "NULL"],
  [2, "title", "title_length", "error", "length(title) NOT BETWEEN 10 AND 60", "title", "NULL"],
  [2, "title", "title_spaces", "warning", "title <> tidy_title", "title", "tidy_title"],
  [
    5,
    "gtin",
    "gtin_digit",
    "error",
    `NOT regexp_full_match(gtin, '\\d{13}') OR (${GTIN_SUM}) % 10 <> 0`,
    "gtin",
    "NULL",
  ],
  [7, "price", "price_required", "error", "price IS NULL OR trim(price) = ''", "price", "NULL"],
  [
    7,
    "price",
    "price_decimal",
    "warning",
    "NOT regexp_full_match(price, '-?\\d+(\\.\\d{1,2})?')",
    "price",
    "plain_price",
  ],
  [
    7,
    "price",
    "price_range",
    "error",
    "plain_price IS NULL OR CAST(plain_price AS DOUBLE) NOT BETWEEN 0.01 AND 999999.99",
    "price",
    "NULL",
  ],
  [8, "currency", "currency_case", "warning", "currency <> upper(currency)", "currency", "upper(currency)"],
  [
    9,
    "stock",
    "stock_range",
    "warning",
    "TRY_CAST(stock AS DOUBLE) IS NULL OR CAST(stock AS DOUBLE) NOT BETWEEN 1 AND 999",
    "stock",
    "NULL",
  ],
  [
    15,
    "condition",
    "condition_set",
    "error",
    "condition NOT IN ('new', 'used', 'refurbished')",
    "condition",
    "mapped_condition",
  ],
  [
    16,
    "listing_type_id",
    "listing_type_set",
    "error",
    "listing_type_id NOT IN ('gold_special', 'gold_pro', 'free')",
    "listing_type_id",
    "mapped_listing_type",
  ],
];

const any = (severity) => RULES.flatMap(([, , rule, of]) => (of === severity ? [rule] : [])).join(" OR ");
const corrected = RULES.filter(([, , , , , , after]) => after !== "NULL").map(
  ([, , rule, , , , after]) => `(${rule} AND ${after} IS NOT NULL)`,
);

const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
const db = await instance.connect();

await db.run(`
  CREATE TEMP TABLE judged AS
  WITH source AS (
    SELECT row_number() OVER () AS row, *
    FROM read_csv(${text(catalogue)}, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"',
      null_padding = true, strict_mode = false)
  ), forms AS (
    SELECT *,
      trim(regexp_replace(title, '\\s+', ' ', 'g')) AS tidy_title,
      ${PLAIN_PRICE} AS plain_price,
      CASE strip_accents(lower(condition)) WHEN 'novo' THEN 'new' WHEN 'usado' THEN 'used'
        WHEN 'recondicionado' THEN 'refurbished' END AS mapped_condition,
      CASE strip_accents(lower(listing_type_id)) WHEN 'classico' THEN 'gold_special' WHEN 'premium' THEN 'gold_pro'
        WHEN 'gratis' THEN 'free' END AS mapped_listing_type,
      status IS NULL AS missing_cell
    FROM source
  )
  SELECT *, ${RULES.map(([, , rule, , found]) => `coalesce(${found}, false) AS ${rule}`).join(",\n    ")}
  FROM forms`);

await db.run(`
  COPY (
    SELECT * EXCLUDE (row, tidy_title, plain_price, mapped_condition, mapped_listing_type, missing_cell,
        ${RULES.map(([, , rule]) => rule).join(", ")})
      REPLACE (
        CASE WHEN title_spaces THEN tidy_title ELSE title END AS title,
        CASE WHEN price_decimal THEN coalesce(plain_price, price) ELSE price END AS price,
        upper(currency) AS currency,
        CASE WHEN condition_set THEN coalesce(mapped_condition, condition) ELSE condition END AS condition,
        CASE WHEN listing_type_set THEN coalesce(mapped_listing_type, listing_type_id) ELSE listing_type_id END
          AS listing_type_id)
    FROM judged
  ) TO ${text(`${folder}/output.csv`)} (FORMAT csv, HEADER)`);

const finding = ([column, field, rule, severity, , value, after]) => `
  SELECT row, row + 1 AS line, ${column} AS "column", '${field}' AS field, '${rule}' AS rule_id,
    '${field.toUpperCase()}_INVALID' AS code, '${severity}' AS severity,
    '${field}: uma mensagem do tamanho das do motor, com o que se espera.' AS message, ${value} AS value,
    'what would have passed' AS expected, ${after} AS fix_after
  FROM judged WHERE ${rule}`;
await db.run(`
  COPY (
    ${RULES.map(finding).join(" UNION ALL ")}
    UNION ALL SELECT row, row + 1, 16, 'listing_type_id', 'missing-cell', 'missing-cell', 'warning',
      'A linha tem menos células do que o cabeçalho.', NULL, '20 cells', NULL FROM judged WHERE missing_cell
    ORDER BY row, "column"
  ) TO ${text(`${folder}/report.ndjson`)} (FORMAT json)`);

const counted = await db.runAndReadAll(`
  SELECT count(*)::DOUBLE,
    (count(*) FILTER (${any("error")}))::DOUBLE,
    (count(*) FILTER (NOT (${any("error")}) AND (${any("warning")} OR missing_cell)))::DOUBLE,
    (count(*) FILTER (${corrected.join(" OR ")}))::DOUBLE
  FROM judged`);
const [total, errors, warnings, corrections] = counted.getRows()[0];
console.log(JSON.stringify({ total, errors, warnings, corrections }));
