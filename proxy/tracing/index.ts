export { SpanReporter } from "./reporter";
export { beginTrace, type Trace } from "./trace";
