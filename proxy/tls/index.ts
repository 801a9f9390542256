export { bindTls, secretsOf, type BoundTls, type ChainContext } from "./bind-chain";
export { ChainServer, MAX_UNUSED, type ChainCertificates, type ChainServerEvents } from "./chain-server";
export { forwardedClientCert } from "./client-certificate";
export { Handshake } from "./handshake";
export { ClientHelloReader, MAX_HELLO_BYTES, type ClientHello, type HelloResult } from "./client-hello";
export { TicketKeys, type TicketHolder } from "./tickets";
