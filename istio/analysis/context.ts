/** What analyzers know beside the objects. */
import type { ObjectIndex } from "./object-index";
import type { AnalysisReport } from "./report";

export interface AnalysisContext {
    /** Milliseconds since 1970: certificates have a time. */
    readonly now: number;
}

export type Analyzer = (index: ObjectIndex, report: AnalysisReport, context: AnalysisContext) => void;
