/** `npm run bench:charts [-- NAME …]`: takes over the last results of these benchmarks and writes the page's tables and pictures. */
import { takeOver, writePage } from "./page";

try {
    takeOver(process.argv.slice(2));
    writePage();
} catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
}
