using System;
using System.Numerics;
using HftEngine.Core;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>The venue that a tape is replayed on: its limits, accounts, currencies and instruments.</summary>
internal sealed class ReplayVenue
{
    public const uint QuoteCurrency = 1;

    /// <summary>Units of everything on each account.</summary>
    public const long Deposit = 1_000_000_000_000_000;

    // Tapes without accounts have prices and lots in the smallest units that they know, so notionals are
    // large. A few accounts hold more of everything; together they stay within the 63 bits that a currency's
    // sum may have.
    private const long LargeDeposit = 1L << 60;
    private const uint FewAccounts = 4;

    private readonly TapeSurvey _survey;

    public ReplayVenue(TapeSurvey survey)
    {
        _survey = survey;
        Accounts = survey.NamesAccounts ? WorkloadTape.Accounts : FewAccounts;
        DepositUnits = survey.NamesAccounts ? Deposit : LargeDeposit;
        Limits = MakeLimits();
    }

    public EngineLimits Limits { get; }

    public uint Accounts { get; }

    public long DepositUnits { get; }

    public int Instruments => _survey.Symbols.Count;

    /// <summary>
    /// Lots an order may have: all that keeps maxQuantity × basePerLot within 64 bits, as a lot is one unit.
    /// </summary>
    public long MaxQuantity => Math.Max(_survey.MaxQuantity, uint.MaxValue);

    public string SymbolOf(int index) => _survey.Symbols[index];

    /// <summary>
    /// Engine ids start at 1, the tape's symbols at 0. Each instrument has a base currency of its own.
    /// </summary>
    public static uint InstrumentOf(int symbol) => (uint)symbol + 1;

    public static uint BaseCurrencyOf(int symbol) => QuoteCurrency + 1 + (uint)symbol;

    private EngineLimits MakeLimits()
    {
        EngineLimits defaults = new();
        uint orders = ToCapacity(_survey.RestingOrders + 1024, 1 << 26);
        uint currencies = (uint)_survey.Symbols.Count + 2;
        long rememberedIds = Math.Min(_survey.NewOrders, (long)Accounts * 2 * defaults.ClientIdWindow);
        return defaults with
        {
            MaxOrders = orders,

            // A page is there while an order rests in it, so a drifting or sparse tape needs no more than its orders.
            MaxPricePages = ToCapacity(Math.Min(_survey.PricePages, orders) + 64, 1 << 24),
            MaxInstruments = (uint)_survey.Symbols.Count + 1,
            MaxCurrencies = currencies,
            MaxAccounts = Accounts + 1,
            MaxBalances = ToCapacity(((long)Accounts * (currencies - 1)) + 1, 1 << 28),
            MaxSessions = 16,
            MaxClientIds = ToCapacity(
                BitOperations.RoundUpToPowerOf2((ulong)(rememberedIds + orders)), 1 << 27),
            MaxOwners = (Accounts * 2) + 1024,

            // A tape has no fees, and its trades stand.
            MaxFirms = 1,
            MaxWithdrawals = 1,
            MaxFeeSchedules = 1,
            MaxKeptTrades = 1,
            MaxVolumeAccounts = 1,

            // An order cannot meet more makers than it has lots; a short event ring stays in the cache.
            MaxFillsPerCommand = (uint)Math.Clamp(_survey.MaxQuantity + 1, 64, defaults.MaxFillsPerCommand),
        };
    }

    private static uint ToCapacity(long wanted, uint most) => (uint)Math.Min(wanted, most);

    private static uint ToCapacity(ulong wanted, uint most) => (uint)Math.Min(wanted, most);
}
