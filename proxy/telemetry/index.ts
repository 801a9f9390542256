export type { ConnectionRecord, OpenedConnection } from "./connection-record";
export { CONTENT_TYPES, exposition, type ExpositionFormat } from "./exposition";
export { Figures } from "./figures";
export { Ledger, type LedgerFamily } from "./ledger";
export type { Counts, News } from "./metric";
export { ConnectionObservers, RequestObservers, type ConnectionObserver, type Observer, type RequestObserver } from "./observers";
export type { RequestRecord, StartedRequest } from "./request-record";
export { samplesOf } from "./samples";
export type { EndpointFigures } from "./endpoint-figures";
