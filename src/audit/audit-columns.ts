import { Column, PrimaryColumn } from 'typeorm';

/** Drivers hand 64-bit integers over as text; every one here is far below 2^53. */
const wholeNumber = {
  to: (value: number): number => value,
  from: (value: string | number): number => Number(value),
};

/** A text of at most `length` characters. Text columns tell case and trailing spaces apart. */
export const TextColumn = (name: string, length: number): PropertyDecorator =>
  Column({ name, type: 'varchar', length });

export const OptionalTextColumn = (name: string, length: number): PropertyDecorator =>
  Column({ name, type: 'varchar', length, nullable: true });

export const OptionalJsonColumn = (name: string): PropertyDecorator =>
  Column({ name, type: 'simple-json', nullable: true });

/** A whole number up to 2^53: milliseconds since 1970, or a place in a chain. */
export const LongColumn = (name: string): PropertyDecorator =>
  Column({ name, type: 'bigint', transformer: wholeNumber });

export const PrimaryLongColumn = (name: string): PropertyDecorator =>
  PrimaryColumn({ name, type: 'bigint', transformer: wholeNumber });

/** A shard's number. */
export const ChainColumn = (): PropertyDecorator => Column({ name: 'chain', type: 'int' });

export const PrimaryChainColumn = (): PropertyDecorator =>
  PrimaryColumn({ name: 'chain', type: 'int' });
