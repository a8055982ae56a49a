import CStrataKernels

/// The kernels of `int32` elements. Sums and products wrap around.
extension Int32: ElementScalar {
  package static func unary(_ kernel: UnaryKernel) -> Unary? {
    switch kernel {
    case .abs: strata_abs_i32
    case .cube: strata_cube_i32
    case .negate: strata_negate_i32
    case .sign: strata_sign_i32
    case .exp, .log, .tanh, .sigmoid, .sin, .cos, .sqrt, .rsqrt, .relu, .round, .floor, .ceil, .expm1, .log1p, .erf,
      .isNaN:
      nil
    }
  }

  package static func binary(_ kernel: BinaryKernel) -> Binary? {
    switch kernel {
    case .add: strata_add_i32
    case .subtract: strata_subtract_i32
    case .multiply: strata_multiply_i32
    case .minimum: strata_minimum_i32
    case .maximum: strata_maximum_i32
    case .equal: strata_equal_i32
    case .notEqual: strata_not_equal_i32
    case .less: strata_less_i32
    case .lessEqual: strata_less_equal_i32
    case .greater: strata_greater_i32
    case .greaterEqual: strata_greater_equal_i32
    case .divide, .power, .atan2, .prelu, .preluSlope: nil
    }
  }

  package static func reduction(_ kernel: ReductionKernel) -> (rows: RowFunction, columns: ColumnReduction) {
    switch kernel {
    case .sum: (strata_sum_rows_i32, { strata_sum_columns_i32($0, $1, $2, $3, 0, $4) })
    case .max: (strata_max_rows_i32, strata_max_columns_i32)
    case .min: (strata_min_rows_i32, strata_min_columns_i32)
    }
  }

  package static func rows(_ kernel: RowKernel) -> RowFunction? {
    switch kernel {
    case .prod: strata_prod_rows_i32
    case .norm, .squaredDeviations, .logSumExp: nil
    case .cumulativeSum: strata_cumulative_sum_i32
    case .cumulativeProduct: strata_cumulative_product_i32
    }
  }

  package static func places(_ kernel: PlaceKernel) -> RowPlaces {
    switch kernel {
    case .argmax: strata_argmax_rows_i32
    case .argmin: strata_argmin_rows_i32
    }
  }

  package static let scatterAdd: ScatterAdd<Int32> = strata_scatter_add_i32
  package static let argsort: ArgSort = strata_argsort_rows_i32
  package static let top: Top = strata_top_rows_i32
}
