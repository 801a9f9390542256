/** The port for Prometheus: metrics and nothing else, so that it may be open where the admin server may not. */
import http from "node:http";
import { boundConnections } from "./bounded-connections";
import { SCRAPE_ROUTES, type MetricsView } from "./metrics-routes";
import { respond } from "./route";
import { listening, type SideServer } from "./server";

/** Scrapers are few, and each holds what it is sent for as long as it reads. */
const MOST_SCRAPERS = 32;

/** Rejects when the address can't be opened. */
export async function startMetricsServer(listenOn: string, view: MetricsView): Promise<SideServer> {
    const server = http.createServer(
        { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 1_000 },
        (request, response) => void respond(request, response, SCRAPE_ROUTES, view),
    );
    boundConnections(server, MOST_SCRAPERS);
    return listening(server, "metrics", listenOn);
}
