export { analyzeTargets, type AnalyzeOptions } from "./analyze";
