/** A gRPC server on HTTP/2 in the clear: finds the method of a call, keeps its deadline, and says how it ended. */
import { createServer, type Http2Server } from "node:http2";
import { Call, deadlineOf, STATUS, StatusError } from "./call";

export type Method = (call: Call) => Promise<void>;

const GRPC = /^application\/grpc(?:[+;]|$)/;
/** The longest that a timer of Node's can wait. */
const LONGEST_MS = 2 ** 31 - 1;

async function serve(method: Method, call: Call): Promise<void> {
    const deadline = deadlineOf(call.headers);
    const timer =
        deadline === undefined
            ? undefined
            : setTimeout(() => call.finish(STATUS.DEADLINE_EXCEEDED, "the deadline is over"), Math.min(deadline, LONGEST_MS));
    try {
        await method(call);
        call.finish(STATUS.OK);
    } catch (error) {
        const { code, message } = error instanceof StatusError ? error : { code: STATUS.INTERNAL, message: "the sample failed" };
        call.finish(code, message);
    } finally {
        clearTimeout(timer);
    }
}

/** `methods` by path, as `/echo.v1.Echo/Say`. */
export function grpcServer(methods: Readonly<Record<string, Method>>): Http2Server {
    const server = createServer();
    // A client that goes away in the middle of a frame is no fault of the server.
    server.on("session", (session) => session.on("error", () => session.destroy()));
    server.on("stream", (stream, headers) => {
        const call = new Call(stream, headers);
        if (headers[":method"] !== "POST" || !GRPC.test(headers["content-type"] ?? "")) {
            stream.respond({ ":status": headers[":method"] === "POST" ? 415 : 405, "content-type": "text/plain" });
            stream.end("this is a gRPC server: POST with content-type application/grpc\n");
            return;
        }
        const path = headers[":path"] ?? "";
        const method = Object.hasOwn(methods, path) ? methods[path] : undefined;
        if (method) void serve(method, call);
        else call.finish(STATUS.UNIMPLEMENTED, `there is no ${path}`);
    });
    return server;
}
