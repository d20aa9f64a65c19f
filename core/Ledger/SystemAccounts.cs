using System;
using System.Runtime.CompilerServices;
using HftEngine.Core.Memory;
using HftEngine.Schemas;

namespace HftEngine.Core.Ledger;

/// <summary>
/// The venue's own accounts, one of each kind per environment: the other side of what has no other account. They are
/// there from the start, hold every currency, and may be below zero.
/// </summary>
/// <remarks>
/// Per environment and currency one row of two cache lines: the sum over the ordinary accounts, the sum of all balances
/// above zero, then a balance per kind. All balances together are zero, so the positive sum bounds each of them.
/// </remarks>
internal unsafe struct SystemAccounts : IDisposable
{
    /// <summary>Ids from here on are reserved: FirstId | environment &lt;&lt; 8 | kind.</summary>
    public const uint FirstId = 0xFFFF_0000;

    public const uint Environments = 2;

    private const uint FirstKind = (uint)AccountKind.External;
    private const uint LastKind = (uint)AccountKind.Interest;
    private const uint Kinds = LastKind - FirstKind + 1;
    private const uint RowLongs = 16;
    private const uint OrdinaryAt = 0;
    private const uint PositiveAt = 1;
    private const uint FirstBalanceAt = 2;

    private readonly NativeArray<long> _rows;
    private readonly uint _maxCurrencies;

    public SystemAccounts(uint maxCurrencies)
    {
        Invariant.Require(FirstBalanceAt + Kinds <= RowLongs);
        _maxCurrencies = maxCurrencies;
        _rows = new NativeArray<long>(Environments * maxCurrencies * RowLongs);
    }

    /// <summary>How many there are, over both environments.</summary>
    public static uint Count => Environments * Kinds;

    public static uint IdOf(Schemas.Environment environment, AccountKind kind) =>
        FirstId | ((uint)environment << 8) | (uint)kind;

    /// <summary>The id of the <paramref name="index"/>-th of them, by rising id.</summary>
    public static uint IdAt(uint index) => FirstId | ((index / Kinds) << 8) | (FirstKind + (index % Kinds));

    public static bool IsReserved(uint accountId) => accountId >= FirstId;

    /// <summary>A reserved id that names an account.</summary>
    public static bool Exists(uint accountId) =>
        accountId >= FirstId
        && ((accountId >> 8) & 0xFF) < Environments
        && (accountId & 0xFF) - FirstKind < Kinds;

    public static Schemas.Environment EnvironmentOf(uint accountId) => (Schemas.Environment)((accountId >> 8) & 0xFF);

    public readonly long BalanceOf(uint accountId, uint currencyId) => Balance(accountId, currencyId);

    /// <summary>
    /// Whether moving <paramref name="amount"/> ≥ 0 keeps the sum of all balances above zero, and with it every balance,
    /// within 63 bits.
    /// </summary>
    public readonly bool HasRoomFor(Schemas.Environment environment, in Movement movement) =>
        Risen(environment, in movement) <= long.MaxValue - Remaining(environment, in movement);

    /// <summary>Books the venue's sides of a movement; <see cref="HasRoomFor"/> was asked.</summary>
    public void Move(Schemas.Environment environment, in Movement movement)
    {
        long* row = Row(environment, movement.CurrencyId);
        long positive = Remaining(environment, in movement) + Risen(environment, in movement);
        Invariant.Require(positive >= 0);
        row[PositiveAt] = positive;
        if (IsReserved(movement.DebitAccountId))
        {
            Balance(movement.DebitAccountId, movement.CurrencyId) -= movement.Amount;
        }
        else
        {
            row[OrdinaryAt] -= movement.Amount;
        }

        if (IsReserved(movement.CreditAccountId))
        {
            Balance(movement.CreditAccountId, movement.CurrencyId) += movement.Amount;
        }
        else
        {
            row[OrdinaryAt] += movement.Amount;
        }

        Invariant.Require(NetOf(environment, movement.CurrencyId) == 0);
    }

    /// <summary>Sum over all accounts of an environment, ordinary ones as the entries made them; zero, always.</summary>
    public readonly long NetOf(Schemas.Environment environment, uint currencyId)
    {
        // Each part may be large; sums of 64-bit numbers that wrap still tell exactly whether the whole is zero.
        long* row = Row(environment, currencyId);
        long net = row[OrdinaryAt];
        for (uint i = 0; i < Kinds; i++)
        {
            net += row[FirstBalanceAt + i];
        }

        return net;
    }

    /// <summary>Sum over the ordinary accounts, as the entries made it.</summary>
    public readonly long OrdinaryOf(Schemas.Environment environment, uint currencyId) =>
        Row(environment, currencyId)[OrdinaryAt];

    /// <summary>A saved balance of the venue; false when the sums do not fit.</summary>
    public bool TryRestore(uint accountId, uint currencyId, long balance)
    {
        long* row = Row(EnvironmentOf(accountId), currencyId);
        long risen = Math.Max(0, balance);
        if (balance == long.MinValue || risen > long.MaxValue - row[PositiveAt])
        {
            return false;
        }

        row[PositiveAt] += risen;
        Balance(accountId, currencyId) = balance;
        return true;
    }

    /// <summary>The balances of ordinary accounts are restored elsewhere; here they count in the sums.</summary>
    public bool TryRestoreOrdinary(Schemas.Environment environment, uint currencyId, long total)
    {
        long* row = Row(environment, currencyId);
        if (total > long.MaxValue - row[PositiveAt])
        {
            return false;
        }

        row[OrdinaryAt] += total;
        row[PositiveAt] += total;
        return true;
    }

    public readonly void Dispose() => _rows.Dispose();

    /// <summary>The positive sum once the debit side has paid.</summary>
    private readonly long Remaining(Schemas.Environment environment, in Movement movement)
    {
        long positive = Row(environment, movement.CurrencyId)[PositiveAt];
        return IsReserved(movement.DebitAccountId)
            ? positive - Math.Min(movement.Amount, Math.Max(0, Balance(movement.DebitAccountId, movement.CurrencyId)))
            : positive - movement.Amount;
    }

    /// <summary>What the credit side adds to the positive sum.</summary>
    private readonly long Risen(Schemas.Environment environment, in Movement movement)
    {
        if (!IsReserved(movement.CreditAccountId))
        {
            return movement.Amount;
        }

        long before = Balance(movement.CreditAccountId, movement.CurrencyId);
        return before >= 0 ? movement.Amount : Math.Max(0, before + movement.Amount);
    }

    private readonly ref long Balance(uint accountId, uint currencyId) =>
        ref Row(EnvironmentOf(accountId), currencyId)[FirstBalanceAt + (accountId & 0xFF) - FirstKind];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly long* Row(Schemas.Environment environment, uint currencyId) =>
        _rows.Pointer + ((((uint)environment * _maxCurrencies) + currencyId) * RowLongs);
}

/// <summary>What an entry moves: <paramref name="Amount"/> ≥ 0 leaves the debit account and reaches the credit account.</summary>
internal readonly record struct Movement(uint DebitAccountId, uint CreditAccountId, uint CurrencyId, long Amount);
