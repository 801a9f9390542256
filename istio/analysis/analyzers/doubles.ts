/** GH0701: two documents that are one object. */
import { refText } from "../../types";
import type { ObjectIndex } from "../object-index";
import type { AnalysisReport } from "../report";

export function doubles(index: ObjectIndex, report: AnalysisReport): void {
    for (const object of index.overwritten) {
        report.own(
            "GH0701",
            object,
            "metadata.name",
            `${refText(object.ref)} is there again later; kubectl keeps the last one, and only that one is analysed`,
            "Remove one of them, or give it another name.",
        );
    }
}
