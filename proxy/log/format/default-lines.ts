/** Istio's own format in JSON, for those who show records and configure nothing. */
import { jsonFormat } from "../../../istio/log-format";
import { lineFormat } from "./line";

export const JSON_LINES = lineFormat(jsonFormat(undefined, false));
