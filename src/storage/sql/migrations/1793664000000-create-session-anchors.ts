import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Text is compared by its bytes, trailing spaces included. */
const MARIADB_TEXT = { charset: 'utf8mb4', collation: 'utf8mb4_nopad_bin' };

const LAYOUT_VERSION = 2;

/** Where the ends of the audit's chains are noted, on SQLite, PostgreSQL and MariaDB. */
export class CreateSessionAnchors1793664000000 implements MigrationInterface {
  readonly name = 'CreateSessionAnchors1793664000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const { driver } = queryRunner.dataSource;
    const spelled = (type: 'int' | 'bigint' | 'varchar'): string => driver.normalizeType({ type });
    const text = driver.options.type === 'mariadb' ? MARIADB_TEXT : {};
    await queryRunner.createTable(
      new Table({
        name: prefixed('session_anchors', queryRunner),
        columns: [
          { name: 'shard', type: spelled('int'), isPrimary: true },
          { name: 'chain_seq', type: spelled('bigint') },
          { name: 'hash', type: spelled('varchar'), length: '64', ...text },
        ],
      }),
    );
    await setVersion(queryRunner, LAYOUT_VERSION);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await setVersion(queryRunner, LAYOUT_VERSION - 1);
    await queryRunner.dropTable(prefixed('session_anchors', queryRunner));
  }
}

const prefixed = (name: string, { dataSource }: QueryRunner): string =>
  `${dataSource.options.entityPrefix ?? ''}${name}`;

const setVersion = async ({ manager }: QueryRunner, version: number): Promise<void> => {
  await manager.createQueryBuilder().update('session_layout').set({ version }).execute();
};
