using System.Text;
using HftEngine.Core;
using HftEngine.Schemas;

namespace HftEngine.Server.Replay;

/// <summary>The commands that make a venue out of an empty engine, before a tape's first record.</summary>
internal static class VenueSetup
{
    /// <summary>
    /// How many of the last commands come through the tape's gateway; those before are the venue's own.
    /// </summary>
    public const int GatewayCommands = 1;

    public static CommandBatch Write(ReplayVenue venue, CommandEncoder encoder)
    {
        uint currencies = (uint)venue.Instruments + 1;
        int commands = checked(
            (int)(2 + currencies + venue.Instruments + (venue.Accounts * (1 + currencies))));
        CommandBatch batch = new(CommandEncoder.BytesFor(commands)) { WarmUp = true };
        encoder.WriteVenueCommand(batch, GenesisBlock.Header, Engine.GenesisOf(venue.Limits));
        for (uint i = 1; i <= currencies; i++)
        {
            DefineCurrencyBlock currency = new() { CurrencyId = i };
            currency.Code = CurrencyCode.From(
                Encoding.ASCII.GetBytes(i == ReplayVenue.QuoteCurrency ? "QUOTE" : $"B{i}"));
            encoder.WriteVenueCommand(batch, DefineCurrencyBlock.Header, currency);
        }

        for (int i = 0; i < venue.Instruments; i++)
        {
            encoder.WriteVenueCommand(batch, DefineInstrumentBlock.Header, InstrumentOf(venue, i));
        }

        for (uint account = 1; account <= venue.Accounts; account++)
        {
            encoder.WriteVenueCommand(batch, OpenAccountBlock.Header, default(OpenAccountBlock), account);
            for (uint currency = 1; currency <= currencies; currency++)
            {
                AdjustBalanceBlock deposit = new() { Amount = venue.DepositUnits, CurrencyId = currency };
                encoder.WriteVenueCommand(batch, AdjustBalanceBlock.Header, deposit, account);
            }
        }

        OpenSessionBlock session = new() { DisconnectPolicy = DisconnectPolicy.KeepOrders };
        encoder.WriteOpenSession(batch, session);
        return batch;
    }

    private static DefineInstrumentBlock InstrumentOf(ReplayVenue venue, int symbol)
    {
        // Ticks, lots and units are those of the tape, all of size 1; the band is as wide as prices go, since
        // whether a notional fits is decided order by order.
        DefineInstrumentBlock instrument = new()
        {
            InstrumentId = ReplayVenue.InstrumentOf(symbol),
            BaseCurrencyId = ReplayVenue.BaseCurrencyOf(symbol),
            QuoteCurrencyId = ReplayVenue.QuoteCurrency,
            TickMantissa = 1,
            LotMantissa = 1,
            MultiplierMantissa = 1,
            MinPrice = 1,
            MaxPrice = long.MaxValue,
            MaxQuantity = venue.MaxQuantity,
        };
        instrument.Symbol = Symbol.From(Encoding.Latin1.GetBytes(venue.SymbolOf(symbol)));
        return instrument;
    }
}
