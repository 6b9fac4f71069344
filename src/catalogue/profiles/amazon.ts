import type { ProfileInput } from "../profile/profile";
import { documented, recorded, OWN } from "./provenance";
import { column } from "./shared-columns";
import { longest, price, required, requiredText, wholeNumber, unique } from "./shared-rules";

const CHECKED = recorded("Amazon's rules for listings");
const PRODUCT_IDS = documented(
  'Amazon Seller Central, "Find your product ID (GTIN)" (sellercentral.amazon.com/gp/help/external/200211450)',
);

export const AMAZON_PROFILE = {
  schema_version: "1",
  channel: "amazon",
  version: "1.0.0",
  name: "Amazon",
  description:
    "Listings on Amazon Brazil, with the columns of its inventory files. Not covered: the attributes that each product " +
    "type asks for, variations, pictures, and exemptions from product ids.",
  apply_fixes: ["safe"],
  columns: [
    column("sku", "sku", { aliases: ["item_sku"] }),
    column("product_name", "title", { aliases: ["item_name"] }),
    column("description", "description", { aliases: ["product_description"] }),
    column("standard_price", "price", { type: "decimal" }),
    column("quantity", "stock", { type: "integer" }),
    {
      name: "product_id",
      aliases: ["external_product_id", "ean", "gtin", "codigo de barras", "isbn"],
    },
    {
      name: "product_id_type",
      aliases: ["external_product_id_type", "tipo de codigo", "tipo_codigo", "tipo do codigo do produto"],
    },
  ],
  mappings: {
    product_id_type: {
      "EAN-13": "EAN",
      EAN13: "EAN",
      "UPC-A": "UPC",
      "ISBN-10": "ISBN",
      "ISBN-13": "ISBN",
      GTIN: "GTIN",
      ASIN: "ASIN",
    },
  },
  rules: [
    required("sku", CHECKED),
    unique("sku"),
    ...requiredText("product_name", CHECKED),
    longest("product_name", 200, CHECKED),
    longest("description", 2000, CHECKED),
    ...price("standard_price", 0.01, null, CHECKED, OWN),
    required("quantity", CHECKED),
    ...wholeNumber("quantity", 0, null, OWN),
    required("product_id_type", CHECKED),
    {
      id: "product_id_type_set",
      field: "product_id_type",
      check: { type: "in_set", values: ["EAN", "UPC", "GTIN", "ISBN", "ASIN"] },
      fix: { type: "map_value", mapping: "product_id_type" },
      severity: "error",
      ...PRODUCT_IDS,
    },
    {
      ...required("product_id", PRODUCT_IDS, "warning"),
      when: "product_id_type",
    },
    {
      id: "product_id_ean",
      field: "product_id",
      when: "product_id_type == 'EAN'",
      check: { type: "gtin", kinds: ["GTIN-8", "GTIN-13"], prefixes: "sold" },
      fix: { type: "normalize_identifier" },
      severity: "error",
      ...PRODUCT_IDS,
    },
    {
      id: "product_id_upc",
      field: "product_id",
      when: "product_id_type == 'UPC'",
      check: { type: "gtin", kinds: ["GTIN-12"], prefixes: "sold" },
      fix: { type: "normalize_identifier" },
      severity: "error",
      ...PRODUCT_IDS,
    },
    {
      id: "product_id_gtin",
      field: "product_id",
      when: "product_id_type == 'GTIN'",
      check: { type: "gtin", kinds: ["GTIN-14"], prefixes: "sold" },
      fix: { type: "normalize_identifier" },
      severity: "error",
      ...PRODUCT_IDS,
    },
    {
      id: "product_id_isbn",
      field: "product_id",
      when: "product_id_type == 'ISBN'",
      check: { type: "isbn" },
      fix: { type: "normalize_identifier" },
      severity: "error",
      ...PRODUCT_IDS,
    },
    {
      id: "product_id_asin",
      field: "product_id",
      when: "product_id_type == 'ASIN'",
      check: { type: "regex", pattern: "^[A-Z0-9]{10}$" },
      fix: { type: "normalize", trim: true, uppercase: true },
      severity: "error",
      ...PRODUCT_IDS,
    },
  ],
} satisfies ProfileInput;
