/** The handler that downstream codecs give their requests to. */
import type { RequestHandler } from "../http/doors";
import { Exchange } from "./exchange";
import { ExchangeState } from "./exchange-state";
import type { ExchangeRuntime } from "./runtime";

export function createRequestHandler(runtime: ExchangeRuntime): RequestHandler {
    return (head, end, writer, connection) => {
        const state = new ExchangeState(runtime, head, end, connection);
        const exchange = new Exchange(state, writer);
        runtime.observers.requestStarted(state);
        exchange.proceed();
        return exchange;
    };
}
