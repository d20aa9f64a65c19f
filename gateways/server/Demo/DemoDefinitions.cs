using System;
using System.Text;
using System.Threading;
using HftEngine.Core.Pipeline;
using HftEngine.Schemas;
using HftEngine.Server.Hosting;

namespace HftEngine.Server.Demo;

/// <summary>
/// Defines the demonstration's currencies, instruments and accounts by commands, at a venue's first start.
/// </summary>
internal static class DemoDefinitions
{
    private const int TimeoutMs = 10_000;

    /// <summary>Returns when all of it is released.</summary>
    public static void Send(VenueLine line)
    {
        CommandRingProducer ring = line.Pipeline.Venue;
        ulong sent = 0;
        foreach (DemoCurrency currency in DemoVenue.Currencies)
        {
            DefineCurrencyBlock block = new() { CurrencyId = currency.Id, Scale = currency.Scale };
            block.Code = CurrencyCode.From(Encoding.ASCII.GetBytes(currency.Code));
            ring.Send(DefineCurrencyBlock.Header, in block);
            sent++;
        }

        foreach (DemoInstrument instrument in DemoVenue.Instruments)
        {
            DefineInstrumentBlock block = BlockOf(instrument);
            ring.Send(DefineInstrumentBlock.Header, in block);
            sent++;
        }

        foreach (uint account in DemoVenue.Accounts())
        {
            OpenAccountBlock open = default;
            open.Envelope.AccountId = account;
            ring.Send(OpenAccountBlock.Header, in open);
            sent++;
            foreach (DemoCurrency currency in DemoVenue.Currencies)
            {
                AdjustBalanceBlock deposit = new()
                {
                    CurrencyId = currency.Id,
                    Amount = currency.DepositWhole * PowerOfTen(currency.Scale),
                };
                deposit.Envelope.AccountId = account;
                ring.Send(AdjustBalanceBlock.Header, in deposit);
                sent++;
            }
        }

        // Genesis came before them.
        bool released = SpinWait.SpinUntil(
            () => line.Events.ReleasedSequence >= sent + 1 || line.Pipeline.Halt is not null, TimeoutMs);
        if (!released)
        {
            throw new TimeoutException("The venue did not take the demonstration's definitions in time.");
        }
    }

    private static DefineInstrumentBlock BlockOf(DemoInstrument instrument)
    {
        DefineInstrumentBlock block = new()
        {
            InstrumentId = instrument.Id,
            BaseCurrencyId = instrument.BaseCurrency,
            QuoteCurrencyId = DemoVenue.Usd,
            TickMantissa = instrument.TickMantissa,
            TickScale = instrument.TickDecimals,
            LotMantissa = instrument.LotMantissa,
            LotScale = instrument.LotDecimals,
            MultiplierMantissa = 1,
            MinPrice = instrument.MinPrice,
            MaxPrice = instrument.MaxPrice,
            MaxQuantity = instrument.TypicalLots * 10_000L,
        };
        block.Symbol = Symbol.From(Encoding.ASCII.GetBytes(instrument.Symbol));
        return block;
    }

    private static long PowerOfTen(int exponent)
    {
        long power = 1;
        for (int i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }
}
