/**
 * What is known of the marketplaces' codes, each from a page that shows it. What no such page shows is not in here: it
 * is kept, counted and called unknown.
 */

import type { Fault } from "../checks/checks";
import type { Cause, VerdictFormat } from "./cause";

export interface KnownCode {
  readonly code: string;
  /** Where one code stands for several things. */
  readonly causeId?: string;
  /** As the marketplace's own profiles call the field; null where the answer names it. */
  readonly field: string | null;
  /** Of a cell: the first is the likeliest. None where no cell is at fault. */
  readonly faults: readonly Fault[];
  /** A shipped profile of the marketplace has a rule for it; else it takes what only the marketplace knows. */
  readonly covered: boolean;
}

const covered = (code: string, field: string | null, ...faults: readonly Fault[]): KnownCode => ({
  code,
  field,
  faults,
  covered: true,
});
const beyond = (code: string, field: string | null, ...faults: readonly Fault[]): KnownCode => ({
  code,
  field,
  faults,
  covered: false,
});

/**
 * developers.mercadolivre.com.br/en_us/validations ("Validations", the table of its details) and
 * developers.mercadolivre.com.br/en_us/listing-validator; the codes of single fields that both leave out as the public
 * clients of the API list them.
 */
const MERCADO_LIVRE: readonly KnownCode[] = [
  covered("body.required_fields", null, "REQUIRED"),
  covered("body.invalid_field_types", null, "NOT_NUMERIC", "INVALID_FORMAT"),
  // A member that must not be sent: under User Products the title.
  covered("body.invalid_fields", null, "TOO_LONG"),
  { ...covered("item.price.invalid", "price", "TOO_LOW"), causeId: "109" },
  { ...covered("item.price.invalid", "price", "TOO_HIGH"), causeId: "129" },
  covered("item.price.invalid", "price", "TOO_LOW", "TOO_HIGH"),
  beyond("item.category_id.invalid", "category_id", "INVALID_VALUE"),
  beyond("item.category_id.migrated", "category_id", "INVALID_VALUE"),
  covered("item.attributes.missing_required", null, "REQUIRED"),
  covered("item.attribute.missing_conditional_required", null, "REQUIRED"),
  covered("item.attribute.missing_catalog_required", null, "REQUIRED"),
  covered("item.attributes.invalid", null, "INVALID_VALUE", "INVALID_FORMAT"),
  covered("item.attributes.invalid_length", null, "TOO_LONG"),
  covered("item.attribute.values.name.invalid", null, "TOO_LONG"),
  covered("item.attribute.number_invalid_format", null, "INVALID_FORMAT", "NOT_NUMERIC"),
  covered("invalid.item.attribute.values", null, "INVALID_VALUE"),
  beyond("item.attribute.invalid_sanitary_registry_value", null, "INVALID_FORMAT"),
  beyond("item.attribute.invalid_sale_units", null, "DEPENDENCY"),
  beyond("item.attribute.invalid_voltage", null, "INVALID_VALUE"),
  beyond("normalize.item.attribute.values", null, "INVALID_VALUE"),
  beyond("create.item.attribute.business_conditional", null, "REQUIRED"),
  covered("item.listing_type_id.requiresPictures", "pictures", "REQUIRED", "TOO_FEW"),
  covered("item.pictures.max", "pictures", "TOO_MANY"),
  beyond("item.pictures.picture_not_found", "pictures", "INVALID_VALUE"),
  beyond("item.pictures.invalid_size", "pictures", "INVALID_VALUE"),
  beyond("item.pictures.unavailable", "pictures", "INVALID_VALUE"),
  covered("item.title.minimum_length", "title", "TOO_SHORT"),
  beyond("invalid.title.gender", "title", "INVALID_VALUE"),
  // No shipped profile bounds it: each category has its own maximum.
  beyond("item.family_name.length_invalid", "family_name", "TOO_LONG"),
  covered("item.descriptions.length_exceeded", "description", "TOO_LONG"),
  covered("item.description.max", "description", "TOO_LONG"),
  covered("item.attribute.product_identifier.invalid", "gtin", "INVALID_FORMAT"),
  covered("item.attribute.product_identifier.invalid_format", "gtin", "CHECK_DIGIT", "INVALID_FORMAT"),
  { ...covered("", "gtin", "INVALID_FORMAT", "CHECK_DIGIT"), causeId: "7714" },
  beyond("item.attribute.product_identifier.invalid_by_domain_catalog", "gtin", "INVALID_VALUE"),
  beyond("item.attribute.invalid_product_identifier", "gtin", "DUPLICATE"),
  beyond("item.attribute.gtin_invalid_domain", "gtin", "INVALID_VALUE"),
  beyond("item.attribute.gtin_invalid_brand", "gtin", "INVALID_VALUE"),
  covered("item.available_quantity.invalid", "available_quantity", "TOO_LOW", "TOO_HIGH"),
  covered("item.listing_type_id.invalid", "listing_type_id", "INVALID_VALUE"),
  covered("item.shipping.mode.invalid", "shipping_mode", "INVALID_VALUE"),
  covered("item.condition.invalid", "condition", "INVALID_VALUE"),
  beyond("shipping.me2_adoption_mandatory", "shipping_mode"),
  beyond("moderations.seller.not_authorized", "brand", "RESTRICTED"),
  beyond("item.video_id.dropped", "video_id"),
];

/**
 * developer-docs.amazon.com/sp-api/docs/manage-listings-issues and issues 2711, 2860 and 3537 of
 * amzn/selling-partner-api-models and -docs (8566, 8572, 90220, 99022); "Amazon Inventory File Upload Errors" of the
 * wiki of lineofflight/peddler (5500 to 8008); help.linnworks.com, "Amazon errors when listing", and
 * forum.nitrosell.com (8541, 8560); jaknaamazon.cz/amazon-error-8542; "Marketplace Feeds - Error Codes" (15, 5004).
 */
const AMAZON: readonly KnownCode[] = [
  covered("90220", null, "REQUIRED"),
  covered("99022", null, "REQUIRED"),
  covered("8560", null, "REQUIRED"),
  covered("5004", null, "REQUIRED"),
  covered("5505", "product_id", "INVALID_FORMAT", "CHECK_DIGIT"),
  beyond("5500", "product_id", "INVALID_VALUE"),
  beyond("5501", "product_id", "INVALID_VALUE"),
  beyond("5503", "product_id", "INVALID_VALUE"),
  beyond("8541", "product_id", "INVALID_VALUE"),
  beyond("8542", "product_id", "INVALID_VALUE"),
  beyond("8566", "product_id", "INVALID_VALUE"),
  beyond("8572", "product_id", "INVALID_VALUE"),
  beyond("6024", "brand", "RESTRICTED"),
  beyond("5461", "brand", "RESTRICTED"),
  beyond("8115", "condition", "INVALID_VALUE"),
  beyond("15", "pictures", "INVALID_FORMAT"),
  beyond("8007", "parent_sku", "INVALID_VALUE"),
  beyond("8008", "parent_sku", "INVALID_VALUE"),
  beyond("8032", "parent_sku", "DUPLICATE"),
  beyond("13013", "sku", "INVALID_VALUE"),
];

export const KNOWN_CODES: Readonly<Record<VerdictFormat, readonly KnownCode[]>> = {
  mercado_livre: MERCADO_LIVRE,
  amazon: AMAZON,
};

/** The entry of exactly this validation, else that of the code whatever its number. */
export function knownCode(format: VerdictFormat, { code, causeId }: Pick<Cause, "code" | "causeId">) {
  const entries = KNOWN_CODES[format].filter((entry) => entry.code === code);
  return (
    entries.find((entry) => entry.causeId !== undefined && entry.causeId === causeId) ??
    entries.find((entry) => entry.causeId === undefined)
  );
}

/**
 * What Amazon's classes of issues say where a code says nothing
 * (developer-docs.amazon.com/sp-api/docs/listings-items-api-v2021-08-01-reference, Issue).
 */
export const CATEGORY_FAULTS: Readonly<Record<string, readonly Fault[]>> = {
  MISSING_ATTRIBUTE: ["REQUIRED"],
  MISSING_PRICE: ["REQUIRED"],
  MISSING_IMAGE: ["REQUIRED", "TOO_FEW"],
  DUPLICATE: ["DUPLICATE"],
};

/** What Amazon calls a field of its listings, and what its inventory files call it. */
export const ATTRIBUTE_NAMES: Readonly<Record<string, readonly string[]>> = {
  item_name: ["product_name", "title"],
  product_description: ["description"],
  purchasable_offer: ["standard_price", "price"],
  list_price: ["standard_price", "price"],
  fulfillment_availability: ["quantity", "stock"],
  externally_assigned_product_identifier: ["product_id", "gtin"],
  standard_product_id: ["product_id", "gtin"],
  merchant_suggested_asin: ["product_id"],
  condition_type: ["condition"],
  main_product_image_locator: ["pictures"],
};
