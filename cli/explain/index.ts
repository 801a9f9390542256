export { explainRequest, type ExplainRequest } from "./explain";
