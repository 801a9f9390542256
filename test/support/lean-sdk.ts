/**
 * Loaded before the tests: what Pulumi's SDK does for nobody is left out of their processes as of a program's under the
 * embedded engine. Programs are evaluated in them by the hundred, and most of what each costs are traces and debug messages.
 */
import Module from "node:module";
import { leanStart } from "../../engine/program/lean-sdk";
import "./lean-traces";

leanStart(Module);
