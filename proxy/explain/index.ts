export { exampleFor, targetOf, type ExampleRequest } from "./example";
export { explain, explainer } from "./explain";
export type { ExplainOptions } from "./explain-options";
export type { CertificateAnswer, DestinationAnswer, Explanation, Step } from "./explanation";
export type { OpenPorts } from "./front";
export { parseQuestion, type Question, type QuestionOptions } from "./question";
