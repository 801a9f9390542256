/** Loaded before a program whose debug messages count: the rest of what Pulumi's SDK does for nobody is left out. */
import Module from "node:module";
import { laterInstaller, leanTraces } from "../../engine/program/lean-sdk";

laterInstaller(Module, require.resolve("@pulumi/pulumi"));
leanTraces(Module);
