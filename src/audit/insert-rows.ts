import type { DataSource, EntityMetadata, EntityTarget } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';

/**
 * Inserts rows by one statement, so that all of them are there or none, without a transaction.
 * PostgreSQL is handed them as one JSON text: with a parameter for each value, writing the statement
 * and parsing it takes longer than all the rest of the relay's work.
 */
export async function insertRows<Row extends object>(
  dataSource: DataSource,
  entity: EntityTarget<Row>,
  rows: readonly Row[],
): Promise<void> {
  if (dataSource.options.type === 'postgres') {
    const metadata = dataSource.getMetadata(entity);
    await dataSource.query(insertStatement(metadata), [jsonTextOf(metadata, rows)]);
    return;
  }
  await dataSource
    .createQueryBuilder()
    .insert()
    .into(entity)
    .values(rows as unknown as QueryDeepPartialEntity<Row>[])
    .updateEntity(false)
    .callListeners(false)
    .execute();
}

function insertStatement({ tablePath, columns }: EntityMetadata): string {
  const table = tablePath.split('.').map(quoted).join('.');
  const targets = columns.map(({ databaseName }) => quoted(databaseName));
  const sources = columns.map(({ propertyName }) => quoted(propertyName));
  const types = columns.map(({ type }) =>
    type === 'bigint' || type === 'int' ? 'bigint' : 'text',
  );
  const definitions = sources.map((source, index) => `${source} ${types[index]!}`);
  return (
    `INSERT INTO ${table} (${targets.join(', ')}) SELECT ${sources.join(', ')} ` +
    `FROM json_to_recordset($1) AS rows(${definitions.join(', ')})`
  );
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Columns of JSON hold it as a text, and as one it may tell of characters that PostgreSQL refuses. */
function jsonTextOf<Row extends object>({ columns }: EntityMetadata, rows: readonly Row[]): string {
  const ofJson = columns
    .filter(({ type }) => type === 'simple-json')
    .map(({ propertyName }) => propertyName as keyof Row);
  const withTexts = (row: Row): Row => {
    const filled = ofJson.filter((name) => row[name] !== null);
    return {
      ...row,
      ...Object.fromEntries(filled.map((name) => [name, JSON.stringify(row[name])])),
    };
  };
  return JSON.stringify(rows.map(withTexts));
}
