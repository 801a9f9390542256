export { testAdoption } from "./accepted";
export type { ConnectTcp, ConnectOptions, ConnectOutcome } from "./connect";
export { cut, Splice, spliceFlag, TCP_IDLE_MS, type SpliceEnd, type SpliceResult } from "./splice";
export { pickCluster, serveTcp, type TcpConnectionOwner, type TcpOutcome } from "./tcp-proxy";
