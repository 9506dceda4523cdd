import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { storageContractPage } from "./storage-contract-page.ts";

const page = join(import.meta.dirname, "..", "..", "..", "docs", "storage-contract.md");
writeFileSync(page, storageContractPage());
