type Json = Record<string, unknown>;

const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
const offsetBytes = 'application/offset+octet-stream';
const count = { type: 'integer', minimum: 0 };

const header = (description: string, schema: Json = { type: 'string' }) => ({
  description,
  schema,
});

const parameter = (name: string, description: string, { required = true, schema = {} } = {}) => ({
  ...{ name, in: 'header', description, required },
  schema: { type: 'string', ...schema },
});

const tusVersion = parameter('Tus-Resumable', 'The version of tus', { schema: { const: '1.0.0' } });
const range = parameter('Range', 'The part that is wanted, such as `bytes=0-1023`', {
  required: false,
});
const fileId = {
  ...{ name: 'fileId', in: 'path', required: true },
  schema: { type: 'string', format: 'uuid' },
};

const uploadOffset = { 'Upload-Offset': header('How many bytes are there', count) };
const completed = {
  'Parley-File': header('Once all bytes are there: the File, as JSON in base64'),
};

/** What is asked with the token of whoever may post or read, and answers problems like everything else. */
function operation(id: string, summary: string, rest: { responses: Json } & Json): Json {
  return {
    ...rest,
    ...{ operationId: `files.${id}`, summary, tags: ['files'], security: [{ bearer: [] }] },
    responses: { ...rest.responses, default: { $ref: '#/components/responses/Problem' } },
  };
}

function download(id: string, summary: string): Json {
  return operation(id, summary, {
    parameters: [range],
    responses: {
      '200': { description: 'All of it', content: bytes },
      '206': { description: 'The part that `Range` names', content: bytes },
      '304': { description: 'What `If-None-Match` names is still what is there' },
    },
  });
}

const oneFile = '/api/v1/files/{fileId}';

/**
 * OpenAPI of the addresses of files: uploads by tus 1.0.0 (https://tus.io/protocols/resumable-upload), and what was
 * uploaded.
 */
export const filePaths: Json = {
  '/api/v1/files': {
    post: operation('create', 'Begin an upload', {
      parameters: [
        tusVersion,
        parameter('Upload-Length', 'Its bytes', { schema: count }),
        parameter('Upload-Metadata', '`filename` and `filetype`, each in base64'),
      ],
      requestBody: { required: false, content: { [offsetBytes]: {} } },
      responses: {
        '201': {
          description: 'Begun; with a body, its first bytes are there',
          headers: {
            Location: header('Where it goes on; the last part is the id of the file'),
            ...uploadOffset,
            ...completed,
          },
        },
      },
    }),
  },
  [oneFile]: {
    parameters: [fileId],
    get: download('get', 'A file that one may read, to be saved'),
    head: operation('offset', 'How far an upload of one’s own is', {
      parameters: [tusVersion],
      responses: {
        '200': {
          description: 'It goes on from there',
          headers: { ...uploadOffset, 'Upload-Length': header('Its bytes', count), ...completed },
        },
      },
    }),
    patch: operation('append', 'More of an upload of one’s own', {
      parameters: [
        tusVersion,
        parameter('Upload-Offset', 'How many bytes are there already', { schema: count }),
      ],
      requestBody: { required: true, content: { [offsetBytes]: {} } },
      responses: {
        '204': { description: 'Kept', headers: { ...uploadOffset, ...completed } },
      },
    }),
    delete: operation('giveUp', 'Give an upload of one’s own up', {
      parameters: [tusVersion],
      responses: { '204': { description: 'Its bytes are gone' } },
    }),
  },
  [`${oneFile}/thumbnail`]: {
    parameters: [fileId],
    get: download('thumbnail', 'A picture as a WebP of at most 720 by 720 pixels'),
  },
  [`${oneFile}/info`]: {
    parameters: [fileId],
    get: operation('info', 'A file as messages tell of it', {
      responses: {
        '200': {
          description: 'Done',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/File' } } },
        },
      },
    }),
  },
};
