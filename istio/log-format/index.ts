export { DEFAULT_JSON_FORMAT, DEFAULT_TEXT_FORMAT } from "./defaults";
export { parseLogFormat, type LogOperator, type LogPiece } from "./format";
export { LOG_OPERATORS } from "./operators";
export { faultsOf, isJsonFormat, jsonFormat, namesInOrder, textFormat, type JsonFormat, type LogFormatSettings } from "./settings";
