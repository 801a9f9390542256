export type { ConnectionRecord, OpenedConnection } from "./connection-record";
export { Figures } from "./figures";
export { Ledger } from "./ledger";
export type { Counts } from "./metric";
export { ConnectionObservers, RequestObservers, type ConnectionObserver, type Observer, type RequestObserver } from "./observers";
export type { RequestRecord, StartedRequest } from "./request-record";
export { samplesOf } from "./samples";
export type { EndpointFigures } from "./endpoint-figures";
