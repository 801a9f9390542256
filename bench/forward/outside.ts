/** A program: the server that tunnels lead to. It speaks no TLS: what a client says first comes back like all that follows. */
import { serveExchanges } from "../exchanges";

serveExchanges();
