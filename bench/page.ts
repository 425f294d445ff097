/** What runs in a browser's page; browser.ts bundles it with the engines that are installed. */
import { openDevice } from "../src/index.ts";
import { adamTime } from "./adam.ts";
import { crossEntropyTime } from "./cross_entropy.ts";
import { embeddingGradient } from "./embedding_gradient.ts";
import { growth } from "./growth.ts";
import { matrixProducts } from "./matmul.ts";
import { memory } from "./memory.ts";
import { nextCharacter } from "./next_character.ts";
import { type JaxLibrary, jaxPeer } from "./peers/jax.ts";
import type { Peers } from "./peers/peers.ts";
import { type Tf, tfjsPeer, type TfLayers } from "./peers/tfjs.ts";
import type { Figures, Question } from "./question.ts";
import { gruTraining, lstmTraining, smallLstmTraining } from "./recurrent.ts";
import { transformerTraining } from "./transformer_peers.ts";
import { watchMemory } from "./watch.ts";

export const PAGE_QUESTIONS: Readonly<Record<string, Question>> = {
  matmul: matrixProducts,
  lstm: lstmTraining,
  lstm_small: smallLstmTraining,
  gru: gruTraining,
  transformer_peers: transformerTraining,
  cross_entropy: crossEntropyTime,
  embedding_gradient: embeddingGradient,
  adam: adamTime,
  next_character: nextCharacter,
  memory,
  growth,
};

/** The libraries that were found when the page was bundled, with their versions. */
export interface PageLibraries {
  tfjs?: { core: Tf; layers: TfLayers; version: string };
  jax?: { library: JaxLibrary; version: string };
  missing: Peers["missing"];
}

export interface PageCommand {
  names: string[];
  device: "webgpu" | "cpu";
  peers: boolean;
  quick: boolean;
  steps?: number;
}

export interface PageReport {
  device: string;
  versions: Record<string, string>;
  missing: Peers["missing"];
  results: Figures;
}

async function openLibraries({ tfjs, jax, missing }: PageLibraries): Promise<Peers> {
  const peers: Peers = { tfjs: [], jax: [], onnx: [], torch: null, missing: [...missing], versions: {} };
  const open = async (name: string, make: () => Promise<void>): Promise<void> => {
    try {
      await make();
    } catch (error) {
      peers.missing.push({ name, reason: String((error as Error).message).split("\n")[0] });
    }
  };
  if (tfjs)
    await open("tfjs-webgpu", async () => {
      peers.tfjs.push(await tfjsPeer(tfjs.core, tfjs.layers, "webgpu", tfjs.version));
    });
  if (jax)
    await open("jax-webgpu", async () => {
      peers.jax.push(await jaxPeer(jax.library, "webgpu", jax.version));
    });
  for (const { label, version } of [...peers.tfjs, ...peers.jax]) peers.versions[label] = version;
  return peers;
}

/** Asks the questions one after another; lines go to the console. */
export async function runPage(command: PageCommand, libraries: PageLibraries): Promise<PageReport> {
  watchMemory();
  const opened = await openDevice(command.device);
  const { description } = opened;
  opened.dispose();
  const peers = await openLibraries(command.peers ? libraries : { missing: [] });
  const { quick, steps } = command;
  console.log(`device  ${description}`);
  for (const [name, version] of Object.entries(peers.versions)) console.log(`peer ${name}  ${version}`);
  for (const { name, reason } of peers.missing) console.log(`peer ${name}  absent: ${reason}`);
  const results: Figures = {};
  for (const name of command.names) {
    console.log(`\n${name}\n`);
    const device = await openDevice(command.device);
    try {
      const { text, figures } = await PAGE_QUESTIONS[name](device, {
        quick,
        steps,
        peers,
        progress: (line) => console.log(line),
      });
      console.log(text);
      results[name] = figures;
    } catch (error) {
      const { message } = error as Error;
      console.log(`failed: ${message}`);
      results[name] = { error: message };
    } finally {
      device.dispose();
    }
  }
  return { device: description, versions: peers.versions, missing: peers.missing, results };
}
