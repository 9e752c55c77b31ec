// Makes ../assets/holdfast.css from holdfast.scss: `npm ci --ignore-scripts && npm run make`.
//
// What may not be served here (a government service's own font, crown and crest, and pictures that we do not have) is
// taken out or refused here already; the Rust test `nothing_served_is_a_government_services_own` looks at the result again.

import { readFileSync, writeFileSync } from "node:fs";
import { compile } from "sass";

const notice = "/* Made from govuk-frontend 6.6.0 and @ministryofjustice/frontend 11.1.0 (both MIT; notices beside the sources, in crates/web/style) and Holdfast's own. */";

const made = compile("holdfast.scss", { style: "compressed", charset: false, loadPaths: ["."], quietDeps: true });
// Comments that are kept in compressed output name only the sections of the kit's own files.
const bare = made.css.replaceAll(/\/\*[\s\S]*?\*\//g, "").replace(/^\uFEFF/, "").trim();
// The kit's pictures are signs beside words that stand there anyway.
const plain = `${notice}\n${bare.replaceAll(/background-image:url\([^)]*\);?/g, "")}\n`;

for (const word of [/gds transport/i, /crest/i, /crown/i, /govuk-logo/i, /@font-face/i, /url\(/i, /@import/i]) {
  if (word.test(plain)) {
    throw new Error(`The result holds ${word}: do not serve it.`);
  }
}
const target = "../assets/holdfast.css";
const before = (() => { try { return readFileSync(target, "utf8"); } catch { return ""; } })();
writeFileSync(target, plain);
console.log(`${target}: ${Buffer.byteLength(plain)} bytes${before === plain ? ", as it was" : ""}`);
