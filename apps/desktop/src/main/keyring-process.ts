/** Talks to the keyring for the main process, in a process that can be given up where its libraries hang or crash. */
import keytar from 'keytar';
import { z } from 'zod';

const Question = z.discriminatedUnion('name', [
  z.object({
    id: z.int(),
    name: z.literal('getPassword'),
    given: z.tuple([z.string(), z.string()]),
  }),
  z.object({
    id: z.int(),
    name: z.literal('setPassword'),
    given: z.tuple([z.string(), z.string(), z.string()]),
  }),
  z.object({
    id: z.int(),
    name: z.literal('deletePassword'),
    given: z.tuple([z.string(), z.string()]),
  }),
]);

function ask(question: z.infer<typeof Question>): Promise<unknown> {
  switch (question.name) {
    case 'getPassword':
      return keytar.getPassword(...question.given);
    case 'setPassword':
      return keytar.setPassword(...question.given);
    case 'deletePassword':
      return keytar.deletePassword(...question.given);
  }
}

process.parentPort.on('message', ({ data }) => {
  const question = Question.parse(data);
  ask(question).then(
    (value) => {
      process.parentPort.postMessage({ id: question.id, ok: true, value: value ?? null });
    },
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      process.parentPort.postMessage({ id: question.id, ok: false, message });
    },
  );
});
