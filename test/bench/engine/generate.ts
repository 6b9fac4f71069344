/**
 * A realistic catalogue, the same bytes for the same seed: 20 columns, about 300 bytes a row, 22 % of the cells
 * quoted, 28 % of the rows in need of a correction, 1 % ragged, and a few errors that no fix reaches.
 */

const COLUMNS = [
  "sku", "title", "description", "brand", "gtin", "ncm", "price", "currency", "stock", "weight_kg",
  "length_cm", "width_cm", "height_cm", "category_id", "condition", "listing_type_id", "color", "warranty",
  "images", "status",
]; // prettier-ignore

const PRODUCTS = [
  "Tênis de Corrida Masculino", "Camiseta Básica Algodão", "Fone de Ouvido Bluetooth", "Cafeteira Elétrica 220V",
  "Mochila para Notebook", "Relógio Digital à Prova d'Água", "Panela de Pressão", "Kit Ferramentas",
  "Garrafa Térmica Inox", "Luminária de Mesa LED",
]; // prettier-ignore
const BRANDS = ["Acme", "Olímpia", "Bravus", "Norte Sul", "Tecno", "Vitória"];
const COLORS = ["Preto", "Branco", "Azul", "Vermelho", "Cinza"];
const TEXTS = [
  "Produto novo, com nota fiscal e envio imediato",
  "Material resistente, leve e confortável, indicado para uso diário",
  "Acompanha manual, carregador e 12 meses de garantia",
];

const CHUNK_BYTES = 64 * 1024;
const BATCH_ROWS = 256;

/** Chunks of 64 KiB, `sizeBytes` in all, rounded up to whole rows; a chunk is the caller's to keep. */
export function* generateCatalogue(sizeBytes: number, seed = 1): Generator<Uint8Array> {
  const random = mulberry32(seed);
  const encoder = new TextEncoder();
  let rest = encoder.encode(`${COLUMNS.join(",")}\r\n`);
  let made = rest.length;
  for (let row = 1; made < sizeBytes;) {
    let text = "";
    for (let i = 0; i < BATCH_ROWS; i++) text += generateRow(row++, random);
    const bytes = encoder.encode(text);
    made += bytes.length;
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    let at = 0;
    for (; joined.length - at >= CHUNK_BYTES; at += CHUNK_BYTES) yield joined.slice(at, at + CHUNK_BYTES);
    rest = joined.slice(at);
  }
  if (rest.length > 0) yield rest;
}

export function streamOf(chunks: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

function generateRow(row: number, random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const below = (max: number) => Math.floor(random() * max);
  const needsFix = random() < 0.28;
  const fault = needsFix ? below(5) : -1;
  const isWrong = random() < 0.02;

  const product = `${pick(PRODUCTS)} ${pick(COLORS)}`;
  const title = fault === 0 ? ` ${product.replace(" ", "  ")}` : product;
  const cents = `${10 + below(90)}`;
  const thousands = 1 + below(9);
  const hundreds = 100 + below(900);
  const price = fault === 1 ? `${thousands}.${hundreds},${cents}` : `${thousands}${hundreds}.${cents}`;
  const cells = [
    `SKU-${String(row).padStart(8, "0")}`,
    quoted(title),
    quoted(`${pick(TEXTS)}${random() < 0.3 ? '. Modelo ""Pro"" 2024' : ""}, cor ${pick(COLORS)}`),
    quoted(pick(BRANDS)),
    gtin13(below(1e9)),
    `${84000000 + below(999999)}`,
    fault === 1 ? quoted(price) : isWrong && random() < 0.5 ? "sob consulta" : price,
    fault === 2 ? "brl" : "BRL",
    isWrong ? `${1000 + below(5000)}` : `${1 + below(999)}`,
    `${below(30)}.${100 + below(900)}`,
    `${1 + below(99)}`,
    `${1 + below(99)}`,
    `${1 + below(99)}`,
    `MLB${1000 + below(9000)}`,
    fault === 3 ? pick(["novo", "Usado", "recondicionado"]) : pick(["new", "new", "used"]),
    fault === 4 ? pick(["classico", "premium"]) : pick(["gold_special", "gold_pro", "free"]),
    random() < 0.4 ? quoted(`${pick(COLORS)}, ${pick(COLORS)}`) : pick(COLORS),
    quoted("12 meses, contra defeitos"),
    `https://img.example.com/${row}.jpg`,
    "active",
  ];
  if (random() < 0.01) {
    if (random() < 0.5) cells.length = 15;
    else cells.push("sobra");
  }
  return `${cells.join(",")}\r\n`;
}

function quoted(text: string): string {
  return `"${text}"`;
}

function gtin13(item: number): string {
  const digits = `789${String(item).padStart(9, "0")}`;
  let sum = 0;
  for (let i = 0; i < 12; i++) sum += Number(digits[i]) * (i % 2 === 0 ? 1 : 3);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
