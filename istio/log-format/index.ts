export { DEFAULT_JSON_FORMAT, DEFAULT_TEXT_FORMAT } from "./defaults";
export { coalescedOperators } from "./coalesce";
export { parseLogFormat, type LogPiece } from "./format";
export { dynamicMetadata, LOG_OPERATORS, type LogOperator } from "./operators";
export { faultsOf, isJsonFormat, jsonFormat, namesInOrder, textFormat, type JsonFormat, type LogFormatSettings } from "./settings";
