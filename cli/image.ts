/**
 * The entry of the image: the commands that run in a container. Without the embedded engine and what it brings, the
 * bundle is smaller, and so is every process of it.
 */
import "./no-inspector";
import "./early-signals";
import { ingressStatusCommand } from "./commands/ingress-status";
import { proxyCommand } from "./commands/proxy";
import { proxyWorkerCommand } from "./commands/proxy-worker";
import { sampleCommand } from "./commands/sample";
import { runProgram } from "./program";

const EXAMPLES = `
Examples:
  gatehouse proxy --kubernetes --labels gateway-name=public --namespace istio-ingress
  gatehouse proxy --config /config
  gatehouse sample web

Exit codes: 0 fine, 1 a finding or failure, 2 wrong usage, 3 could not run.`;

runProgram({
    description: "Gatehouse in a container: the proxy, and the sample backends",
    help: EXAMPLES,
    commands: (leave) => [proxyCommand(leave), ingressStatusCommand(leave), sampleCommand(leave)],
    hidden: () => [proxyWorkerCommand()],
});
