import { compileProfile } from "@validahub/engine/compile";
import { SHIPPED_PROFILES } from "@validahub/engine/profiles";
import { runInline } from "@validahub/engine/run-inline";

const profile = compileProfile(SHIPPED_PROFILES.get("default@1.0.0"));
const text = new TextEncoder().encode(
  'sku,title,price,stock,category,status\nA1,Caneta,"1.234,50",3,Home,active\n',
);
const outcome = await runInline({ text, profile, mode: "correct", findingsMax: 100 });
if (!outcome.ok) throw new Error(outcome.error.detail);
console.log(outcome.value.summary.counters, outcome.value.findings.length);
console.log(outcome.value.output);
