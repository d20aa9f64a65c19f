using System;
using System.Collections.Generic;
using System.Globalization;
using HftEngine.Schemas;

namespace HftEngine.Server.Tapes;

/// <summary>
/// Reads Bitstamp order events, <c>id,timestamp,exchange.timestamp,price,volume,action,direction</c>, where
/// the volume is what is left of the order in 10^-8 and no record says "trade". What a record means is worked
/// out by
/// <see cref="BitstampFlow"/>.
/// </summary>
internal sealed class BitstampTape : LineTape
{
    private const int Decimals = 2;
    private readonly BitstampFlow _flow;
    private readonly Queue<TapeOperation> _pending = new();

    public BitstampTape(TapeSource source)
        : base(source)
    {
        Symbols.IndexOf("BTC/USD"u8);
        _flow = new BitstampFlow(_pending);
    }

    public override int PriceDecimals => Decimals;

    public override string ShowPrice(long price) =>
        ((decimal)price / 100).ToString("0.00", CultureInfo.InvariantCulture);

    protected override bool IsHeading(ReadOnlySpan<byte> line) => line.StartsWith("id,"u8);

    protected override bool TryPending(ref TapeOperation operation)
    {
        if (_pending.Count == 0)
        {
            return false;
        }

        operation = _pending.Dequeue();
        operation.EndsRecord = _pending.Count == 0;
        return true;
    }

    protected override bool TryParse(ReadOnlySpan<byte> line, ref TapeOperation operation)
    {
        ReadOnlySpan<byte> rest = line;
        if (!AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> id)
            || !AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> received)
            || !AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> entered)
            || !AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> price)
            || !AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> volume)
            || !AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> action)
            || !AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> direction))
        {
            return Bad("the record has fewer than 7 columns");
        }

        if (!AsciiField.TryUnsigned(id, out ulong orderId))
        {
            return Bad("the order id is not a whole number", id);
        }

        if (!AsciiField.TryWhole(received, out _) || !AsciiField.TryWhole(entered, out _))
        {
            return Bad("a time stamp is not a whole number", received);
        }

        if (!AsciiField.TryDecimal(price, Decimals, out long ticks) || ticks < 1)
        {
            return Bad($"the price is not a positive number of at most {Decimals} decimals", price);
        }

        if (!AsciiField.TryWhole(volume, out long left) || left < 0)
        {
            return Bad("the volume is not a whole number of at least 0", volume);
        }

        bool buy = direction.SequenceEqual("bid"u8);
        if (!buy && !direction.SequenceEqual("ask"u8))
        {
            return Bad("the direction is neither bid nor ask", direction);
        }

        BitstampEvent entry = new(orderId, buy ? Side.Buy : Side.Sell, ticks, left);
        return TryAction(action, in entry, ref operation);
    }

    private bool TryAction(ReadOnlySpan<byte> action, in BitstampEvent entry, ref TapeOperation operation)
    {
        if (action.SequenceEqual("created"u8))
        {
            if (entry.Left == 0)
            {
                return Bad("the volume of a new order is zero");
            }

            if (!_flow.TryCreate(in entry))
            {
                return Bad($"order {entry.Id} exists already");
            }
        }
        else if (action.SequenceEqual("changed"u8))
        {
            _flow.Change(in entry);
        }
        else if (action.SequenceEqual("deleted"u8))
        {
            _flow.Delete(in entry);
        }
        else
        {
            return Bad("the action is neither created, changed nor deleted", action);
        }

        _flow.EndRecord();
        long record = operation.Record;
        if (TryPending(ref operation))
        {
            operation.Record = record;
        }

        return true;
    }
}
