/** A TCP echo that first says where it runs: the greeting tells a user which pod the gateway chose. */
import { createServer } from "node:net";
import { type SampleEnvironment, podIdentity, type Sample } from "./sample";

export const tcpEcho: Sample = {
    summary: "TCP: greets with node, pod, namespace, address and service account, then echoes",
    create(environment: SampleEnvironment) {
        const { node, pod, namespace, address, serviceAccount } = podIdentity(environment);
        const greeting = [
            `Welcome, you are connected to node ${node}.`,
            `Running on Pod ${pod}.`,
            `In namespace ${namespace}.`,
            `With IP address ${address}.`,
            `Service account ${serviceAccount}.`,
        ].join("\n");
        return createServer((socket) => {
            socket.on("error", () => socket.destroy());
            socket.write(`${greeting}\n`);
            socket.pipe(socket);
        });
    },
};
