/** Every topic that is compared with Istio's gateway; each has a file here and a record. */
import type { Topic } from "../support/case";
import { backendCertificates } from "./backend-certificates";
import { authorizationConditions } from "./authorization-conditions";
import { authorizationOperations } from "./authorization-operations";
import { authorizationAnswers } from "./authorization-answers";
import { authorizationConnections } from "./authorization-connections";
import { authorizationScope } from "./authorization-scope";
import { authorizationSources } from "./authorization-sources";
import { addresses } from "./addresses";
import { basics } from "./basics";
import { components } from "./components";
import { clientCertificates } from "./client-certificates";
import { edge } from "./edge";
import { destinations } from "./destinations";
import { hashed } from "./hashed";
import { localities } from "./localities";
import { heads } from "./heads";
import { grpcAnswers } from "./grpc-answers";
import { http2Answers } from "./http2-answers";
import { http2Clusters } from "./http2-clusters";
import { http2Heads } from "./http2-heads";
import { http2Retries } from "./http2-retries";
import { http2Trailers } from "./http2-trailers";
import { http2Upgrades } from "./http2-upgrades";
import { logConnections } from "./log-connections";
import { logLines } from "./log-lines";
import { matches } from "./matches";
import { meshRoutes } from "./mesh-routes";
import { meshRules } from "./mesh-rules";
import { meshProxy } from "./mesh-proxy";
import { meshConnections } from "./mesh-connections";
import { ingresses } from "./ingresses";
import { mutualTls } from "./mutual-tls";
import { overHttp2 } from "./over-http2";
import { names } from "./names";
import { ownAnswers } from "./own-answers";
import { outlierEndpoints } from "./outliers";
import { policies } from "./policies";
import { rules } from "./rules";
import { serverCertificates } from "./server-certificates";
import { tokens } from "./tokens";
import { tokenClaims } from "./token-claims";
import { tokenKeys } from "./token-keys";
import { trustedProxies } from "./trusted-proxies";
import { egress } from "./egress";
import { destinationRules } from "./destination-rules";
import { entries } from "./entries";
import { externalChecks } from "./external-checks";
import { stickySessions } from "./sticky";
import { texts } from "./texts";
import { tlsSettings } from "./tls-settings";
import { traces } from "./traces";
import { upgrades } from "./upgrades";
import { variables } from "./variables";

const ALL: readonly Topic[] = [
    basics,
    addresses,
    edge,
    destinations,
    heads,
    ingresses,
    http2Heads,
    http2Answers,
    http2Trailers,
    http2Upgrades,
    http2Clusters,
    http2Retries,
    grpcAnswers,
    matches,
    names,
    ownAnswers,
    policies,
    rules,
    texts,
    upgrades,
    variables,
    clientCertificates,
    mutualTls,
    serverCertificates,
    tlsSettings,
    backendCertificates,
    authorizationAnswers,
    authorizationConditions,
    authorizationConnections,
    authorizationOperations,
    authorizationScope,
    authorizationSources,
    tokens,
    tokenClaims,
    tokenKeys,
    trustedProxies,
    externalChecks,
    meshRoutes,
    meshRules,
    meshProxy,
    meshConnections,
    egress,
    stickySessions,
    hashed,
    localities,
    outlierEndpoints,
    entries,
    destinationRules,
    components,
    logLines,
    logConnections,
    traces,
];

export const TOPICS: readonly Topic[] = ALL.map(overHttp2);
