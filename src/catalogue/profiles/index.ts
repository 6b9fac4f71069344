import { AMAZON_PROFILE } from "./amazon";
import { AMERICANAS_PROFILE } from "./americanas";
import { CATEGORY_ALIMENTOS_PROFILE } from "./category-alimentos";
import { CATEGORY_BELEZA_PROFILE } from "./category-beleza";
import { CATEGORY_BRINQUEDOS_PROFILE } from "./category-brinquedos";
import { CATEGORY_CASA_PROFILE } from "./category-casa";
import { CATEGORY_ELETRONICOS_PROFILE } from "./category-eletronicos";
import { CATEGORY_ESPORTE_PROFILE } from "./category-esporte";
import { CATEGORY_LIVROS_PROFILE } from "./category-livros";
import { CATEGORY_MODA_PROFILE } from "./category-moda";
import { DEFAULT_PROFILE } from "./default";
import { MAGALU_PROFILE } from "./magalu";
import { MERCADO_LIVRE_PROFILE } from "./mercado-livre";
import { MERCADO_LIVRE_1_1_PROFILE } from "./mercado-livre-1-1";
import { MERCADO_LIVRE_PHONES_PROFILE } from "./mercado-livre-phones";
import { MERCADO_LIVRE_USER_PRODUCTS_PROFILE } from "./mercado-livre-user-products";
import { ShippedProfiles } from "./shipped";
import { SHOPEE_PROFILE } from "./shopee";

/** The profiles that every tenant has, by `channel@version`. What is published here never changes. */
export const SHIPPED_PROFILES = new ShippedProfiles([
  DEFAULT_PROFILE,
  MERCADO_LIVRE_PROFILE,
  MERCADO_LIVRE_1_1_PROFILE,
  MERCADO_LIVRE_PHONES_PROFILE,
  MERCADO_LIVRE_USER_PRODUCTS_PROFILE,
  SHOPEE_PROFILE,
  AMAZON_PROFILE,
  MAGALU_PROFILE,
  AMERICANAS_PROFILE,
  CATEGORY_ELETRONICOS_PROFILE,
  CATEGORY_MODA_PROFILE,
  CATEGORY_CASA_PROFILE,
  CATEGORY_ESPORTE_PROFILE,
  CATEGORY_BELEZA_PROFILE,
  CATEGORY_LIVROS_PROFILE,
  CATEGORY_BRINQUEDOS_PROFILE,
  CATEGORY_ALIMENTOS_PROFILE,
]);
