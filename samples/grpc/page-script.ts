/**
 * What runs in the page: gRPC-Web in its binary form (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md), where the
 * trailers are the last frame of the body. A text, since it is for the browser as it stands.
 */
export const PAGE_SCRIPT = `
"use strict";
const CODES = ["OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"];

function varint(value) {
    const bytes = [];
    for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
    return [...bytes, value];
}

function encodeRequest({ text = "", count = 0, delayMs = 0, status = 0 }) {
    const bytes = new TextEncoder().encode(text);
    const numbers = [[2, count], [3, delayMs], [4, status]].flatMap(([field, value]) => (value > 0 ? [field * 8, ...varint(value)] : []));
    return Uint8Array.from([...(bytes.length > 0 ? [10, ...varint(bytes.length), ...bytes] : []), ...numbers]);
}

function decodeReply(bytes) {
    const reply = { text: "", pod: "", index: 0, deadline: "" };
    let at = 0;
    const number = () => {
        let value = 0;
        for (let scale = 1; ; scale *= 128) {
            const byte = bytes[at++];
            value += (byte & 127) * scale;
            if (byte < 128) return value;
        }
    };
    while (at < bytes.length) {
        const tag = number();
        const value = number();
        if (tag % 8 === 2) at += value;
        const field = [, "text", "pod", "index", "deadline"][tag >> 3];
        if (field !== undefined) reply[field] = tag % 8 === 2 ? new TextDecoder().decode(bytes.subarray(at - value, at)) : value;
    }
    return reply;
}

function frame(message) {
    const bytes = new Uint8Array(5 + message.length);
    new DataView(bytes.buffer).setUint32(1, message.length);
    bytes.set(message, 5);
    return bytes;
}

function demandOk(status, message) {
    if (status === "0") return;
    throw new Error(CODES[Number(status)] + ": " + decodeURIComponent(message ?? ""));
}

/** The replies of a call as they come; throws where its status is not OK. */
async function* call(method, request) {
    const response = await fetch("/echo.v1.Echo/" + method, {
        method: "POST",
        headers: { "content-type": "application/grpc-web+proto", accept: "application/grpc-web+proto", "x-grpc-web": "1" },
        body: frame(encodeRequest(request)),
    });
    if (response.status !== 200) throw new Error("the gateway answers " + response.status + ": is this port one of gRPC-Web?");
    if (response.headers.has("grpc-status")) demandOk(response.headers.get("grpc-status"), response.headers.get("grpc-message"));
    const reader = response.body.getReader();
    let pending = new Uint8Array(0);
    let status;
    for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const all = new Uint8Array(pending.length + value.length);
        all.set(pending);
        all.set(value, pending.length);
        pending = all;
        while (pending.length >= 5) {
            const length = new DataView(pending.buffer, pending.byteOffset).getUint32(1);
            if (pending.length < 5 + length) break;
            const content = pending.subarray(5, 5 + length);
            if (pending[0] & 128) {
                const lines = new TextDecoder().decode(content).split("\\r\\n").map((line) => line.split(/:(.*)/s));
                status = Object.fromEntries(lines.map(([name, text = ""]) => [name.trim().toLowerCase(), text.trim()]));
            } else yield decodeReply(content);
            pending = pending.subarray(5 + length);
        }
    }
    if (status === undefined && !response.headers.has("grpc-status")) throw new Error("the answer ends without a status");
    if (status !== undefined) demandOk(status["grpc-status"], status["grpc-message"]);
}

const at = (id) => document.getElementById(id);

async function show(method, request) {
    const out = at("out");
    out.textContent = "";
    try {
        for await (const reply of call(method, request))
            out.textContent += (reply.index > 0 ? reply.index + " " : "") + reply.text + "  (pod " + reply.pod + ")\\n";
        out.textContent += "OK\\n";
    } catch (error) {
        out.textContent += error.message + "\\n";
    }
}

at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    show("Say", { text: at("text").value });
});
at("repeat").addEventListener("click", () => show("Repeat", { text: at("text").value, count: 5, delayMs: 300 }));
at("fail").addEventListener("click", () => show("Say", { text: at("text").value, status: 14 }));
`;
