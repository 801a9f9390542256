export { COMPRESSION_FIGURES } from "./compression-figures";
export { createRequestHandler } from "./handler";
export { PASSES, type Pass, type PassName } from "./passes";
export { CHECK_PATH } from "./features/external-grpc";
export { MISDIRECTED } from "./features/virtual-host";
export { UNDERSCORE_POLICIES, type UnderscorePolicy } from "./features/underscore-policy";
export { ownLimiter, type Limiter } from "./limiter";
export { createRuntime, reviewTunnels, type ExchangeRuntime, type Shedding } from "./runtime";
