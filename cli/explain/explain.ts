/** Puts one question to a configuration, or to a running proxy, and says what comes out. */
import { explain, parseQuestion, type Explanation, type Question } from "../../proxy/explain";
import type { UnderscorePolicy } from "../../proxy/exchange";
import { jsonText } from "../documents";
import { CommandError, EXIT, type ExitCode } from "../exit";
import type { Terminal } from "../terminal";
import { askAdmin } from "./admin";
import { withKeysOf } from "./issuer-keys";
import { printExplanation } from "./output";
import { readToken } from "./read-token";
import { gatherTables } from "./tables";

export interface ExplainRequest {
    readonly url: string;
    readonly method?: string;
    readonly http2?: boolean;
    /** A call of gRPC. */
    readonly grpc?: boolean;
    readonly headers: readonly string[];
    readonly serverName?: string;
    /** Of a token; `-`: stdin. */
    readonly tokenFile?: string;
    readonly clientAddress?: string;
    readonly proxyPort?: number;
    readonly clientPrincipals?: readonly string[];
    readonly target?: string;
    readonly admin?: string;
    readonly env: string;
    readonly config: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly namespace?: string;
    readonly rootNamespace?: string;
    /** Of a proxy that only the request describes. */
    readonly mode?: "gateway" | "mesh";
    readonly locality?: string;
    readonly ignoreSecurityPolicies?: boolean;
    /** Where no Deployment says it. */
    readonly trustedProxies?: number;
    /** Where no Deployment says it. */
    readonly underscoresInHeaders?: UnderscorePolicy;
    /** Which of a stack's clusters. Default: the first. */
    readonly cluster?: string;
    readonly portOffset: number;
    readonly output: "table" | "json";
}

interface Answer {
    readonly gateway: string;
    readonly explanation: Explanation;
}

export async function explainRequest(request: ExplainRequest, terminal: Terminal): Promise<ExitCode> {
    const token = request.tokenFile === undefined ? undefined : await readToken(request.tokenFile);
    const question = questionOf(request, token);
    const answers =
        request.admin === undefined
            ? await fromConfiguration(question, token, request, terminal)
            : [{ gateway: "", explanation: await askAdmin(request.admin, queryOf(request, token)) }];
    // Of several gateways those that serve the request speak; where none does, all say why.
    const serving = answers.filter(({ explanation }) => isServed(explanation));
    const told = serving.length > 0 ? serving : answers;
    if (request.output === "json") {
        const { gateway, explanation } = told[0] as Answer;
        terminal.print(jsonText({ ...(gateway === "" ? {} : { gateway }), ...explanation }));
    } else told.forEach(({ gateway, explanation }) => printExplanation(gateway, explanation, terminal));
    return EXIT.ok;
}

function questionOf(request: ExplainRequest, token: string | undefined): Question {
    const { url, method, http2, grpc, headers, serverName, clientAddress, clientPrincipals, proxyPort, portOffset } = request;
    try {
        const question = parseQuestion(url, {
            ...(method === undefined ? {} : { method }),
            ...(http2 ? { http2 } : {}),
            ...(grpc ? { grpc } : {}),
            headers,
            ...(serverName === undefined ? {} : { serverName }),
            ...(token === undefined ? {} : { token }),
            ...(clientAddress === undefined ? {} : { clientAddress }),
            ...(clientPrincipals === undefined ? {} : { clientPrincipals }),
            ...(proxyPort === undefined ? {} : { proxyPort }),
        });
        return portOffset === 0 ? question : { ...question, port: question.port - portOffset };
    } catch (error) {
        throw new CommandError(EXIT.usage, error instanceof Error ? error.message : String(error));
    }
}

function queryOf(request: ExplainRequest, token: string | undefined): URLSearchParams {
    const { url, method, http2, grpc, headers, serverName, clientAddress, proxyPort, clientPrincipals = [] } = request;
    const query = new URLSearchParams({ url });
    if (method !== undefined) query.set("method", method);
    if (http2) query.set("http2", "true");
    if (grpc) query.set("grpc", "true");
    for (const header of headers) query.append("header", header);
    if (serverName !== undefined) query.set("sni", serverName);
    if (token !== undefined) query.set("token", token);
    if (clientAddress !== undefined) query.set("client", clientAddress);
    if (proxyPort !== undefined) query.set("proxy", String(proxyPort));
    for (const principal of clientPrincipals) query.append("principal", principal);
    return query;
}

async function fromConfiguration(
    question: Question,
    token: string | undefined,
    request: ExplainRequest,
    terminal: Terminal,
): Promise<Answer[]> {
    const { gateways, findings } = await gatherTables(request, terminal);
    for (const one of findings.filter(({ level, code }) => level === "Error" || code === "GH0511")) terminal.finding(one);
    return Promise.all(
        gateways.map(async ({ gateway, tables, keySources, endpointsElsewhere, underscores = request.underscoresInHeaders }) => {
            const known = token === undefined ? tables : await withKeysOf(token, tables, keySources, terminal);
            const options = { endpointsElsewhere, ...(underscores === undefined ? {} : { underscores }) };
            return { gateway, explanation: explain(question, known, options) };
        }),
    );
}

/** Whether a server and a rule were found for it, whatever they say. */
function isServed({ action, route }: Explanation): boolean {
    return action !== "refuse" && (route !== null || action === "redirect");
}
