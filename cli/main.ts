/** The command's entry: which commands there are. */
import "./no-inspector";
import { analyzeCommand } from "./commands/analyze";
import { checkCommand } from "./commands/check";
import { completionCommand } from "./commands/completion";
import { dashboardCommand } from "./commands/dashboard";
import { dumpCommand } from "./commands/dump";
import { explainCommand } from "./commands/explain";
import { ingressStatusCommand } from "./commands/ingress-status";
import { proxyCommand } from "./commands/proxy";
import { proxyConfigCommand } from "./commands/proxy-config";
import { proxyStatusCommand } from "./commands/proxy-status";
import { proxyWorkerCommand } from "./commands/proxy-worker";
import { renderCommand } from "./commands/render";
import { sampleCommand } from "./commands/sample";
import { schemaCommand } from "./commands/schema";
import { upCommand } from "./commands/up";
import { runProgram } from "./program";

const EXAMPLES = `
Examples:
  gatehouse up                                      the project of this folder, or the quickstart, on this machine
  gatehouse up platform apps --check                two stacks together; send a request to everything they serve
  gatehouse render quickstart --out ./yaml          the objects as files, for kubectl or gatehouse proxy
  gatehouse analyze ./yaml                          what is wrong between the objects, by Istio's own codes
  gatehouse proxy --config ./yaml --port-offset 8000

Exit codes: 0 fine, 1 a finding or failure, 2 wrong usage, 3 could not run.`;

runProgram({
    description: "Typed gateways for Kubernetes: run a stack locally, render it, serve it",
    help: EXAMPLES,
    commands: (leave) => [
        upCommand(leave),
        renderCommand(leave),
        analyzeCommand(leave),
        checkCommand(leave),
        explainCommand(leave),
        proxyCommand(leave),
        proxyConfigCommand(leave),
        proxyStatusCommand(leave),
        dashboardCommand(leave),
        dumpCommand(leave),
        ingressStatusCommand(leave),
        schemaCommand(leave),
        completionCommand(leave),
    ],
    hidden: (leave) => [proxyWorkerCommand(), sampleCommand(leave)],
});
