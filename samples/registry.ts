/** Every sample by the name that the pod annotation `gatehouse.dev/run` gives it. */
import type { Sample } from "./sample";
import { catalog } from "./catalog";
import { external } from "./external";
import { grpcEcho } from "./grpc/echo";
import { grpcPage } from "./grpc/page";
import { issuer } from "./issuer";
import { loginService } from "./login";
import { mysqlEcho } from "./mysql-echo";
import { tcpEcho } from "./tcp-echo";
import { tlsEcho } from "./tls-echo";
import { web } from "./web";

export const SAMPLES: Readonly<Record<string, Sample>> = {
    web,
    catalog,
    login: loginService,
    issuer,
    "grpc-echo": grpcEcho,
    "grpc-page": grpcPage,
    external,
    "tcp-echo": tcpEcho,
    "tls-echo": tlsEcho,
    "mysql-echo": mysqlEcho,
};
