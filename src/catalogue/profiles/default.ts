import type { ProfileInput } from "../profile/profile";

const CHECKED = {
  source: "ValidaHub's own default rules, as recorded in the project's domain facts, section 3",
  checked_on: "2026-11-24",
};

export const DEFAULT_PROFILE = {
  schema_version: "1",
  channel: "default",
  version: "1.0.0",
  name: "Catálogo padrão",
  apply_fixes: ["safe"],
  columns: [
    { name: "sku", aliases: ["codigo", "código", "cod", "referencia", "referência", "seller_sku"] },
    {
      name: "title",
      aliases: ["titulo", "título", "nome", "name", "product_name", "nome do produto", "produto"],
    },
    { name: "price", aliases: ["preco", "preço", "valor", "price_brl", "preço de venda"], type: "decimal" },
    { name: "stock", aliases: ["estoque", "quantidade", "qty", "quantity"], type: "integer" },
    { name: "category", aliases: ["categoria"] },
    { name: "status", aliases: ["situacao", "situação"] },
  ],
  mappings: {
    category: {
      Electronics: "ELETRONICOS",
      Clothing: "MODA",
      Home: "CASA",
      Sports: "ESPORTES",
      Other: "OUTROS",
    },
    status: {
      active: "ATIVO",
      inactive: "INATIVO",
      pending: "PENDENTE",
    },
  },
  rules: [
    { id: "sku_required", field: "sku", check: { type: "required" }, severity: "error", ...CHECKED },
    { id: "title_required", field: "title", check: { type: "required" }, severity: "error", ...CHECKED },
    {
      id: "title_spaces",
      field: "title",
      check: { type: "normalized", trim: true, collapse_spaces: true },
      fix: { type: "normalize", trim: true, collapse_spaces: true },
      severity: "info",
      ...CHECKED,
    },
    { id: "price_required", field: "price", check: { type: "required" }, severity: "error", ...CHECKED },
    {
      id: "price_decimal",
      field: "price",
      check: { type: "decimal" },
      fix: { type: "normalize_decimal" },
      severity: "warning",
      ...CHECKED,
    },
    {
      id: "price_min",
      field: "price",
      check: { type: "numeric_min", min: 0.01 },
      severity: "error",
      ...CHECKED,
    },
    { id: "stock_integer", field: "stock", check: { type: "integer" }, severity: "warning", ...CHECKED },
    {
      id: "stock_min",
      field: "stock",
      when: "stock",
      check: { type: "numeric_min", min: 0 },
      severity: "warning",
      ...CHECKED,
    },
    {
      id: "category_set",
      field: "category",
      check: { type: "in_set", mapping: "category" },
      fix: { type: "map_value", mapping: "category" },
      severity: "error",
      ...CHECKED,
    },
    {
      id: "status_set",
      field: "status",
      check: { type: "in_set", mapping: "status" },
      fix: { type: "map_value", mapping: "status" },
      severity: "error",
      ...CHECKED,
    },
  ],
} satisfies ProfileInput;
