import type { ProfileInput } from "../profile/profile";
import { recorded, OWN } from "./provenance";
import { required, requiredText, wholeNumber, unique } from "./shared-rules";

const CHECKED = recorded("ValidaHub's rules for the category LIVROS");

export const CATEGORY_LIVROS_PROFILE = {
  schema_version: "1",
  channel: "category_livros",
  version: "1.0.0",
  name: "Categoria: livros",
  description:
    "What any channel asks of books, beside its own rules. Not covered: edition, language and binding, and whether an ISBN is that of the book.",
  apply_fixes: ["safe"],
  columns: [
    { name: "isbn", aliases: ["isbn13", "isbn-13", "isbn10", "isbn-10", "codigo isbn", "ean", "gtin"] },
    { name: "author", aliases: ["autor", "autora", "autores", "autor(a)"] },
    { name: "publisher", aliases: ["editora", "editorial"] },
    {
      name: "pages",
      aliases: ["paginas", "numero de paginas", "n de paginas", "num_paginas"],
      type: "integer",
    },
  ],
  rules: [
    required("isbn", CHECKED),
    {
      id: "isbn_valid",
      field: "isbn",
      check: { type: "isbn" },
      fix: { type: "normalize_identifier" },
      severity: "error",
      ...CHECKED,
    },
    unique("isbn", "warning"),
    ...requiredText("author", CHECKED),
    ...requiredText("publisher", CHECKED),
    required("pages", CHECKED),
    ...wholeNumber("pages", 1, null, OWN),
  ],
} satisfies ProfileInput;
